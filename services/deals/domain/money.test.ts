import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divideHalfEven, share } from './money.ts';

// Round half even as IEEE 754-2008 section 4.3.1 and Python's decimal.ROUND_HALF_EVEN have it.
test.each([
  [5n, 10n, 0n],
  [15n, 10n, 2n],
  [25n, 10n, 2n],
  [35n, 10n, 4n],
  [11n, 10n, 1n],
  [16n, 10n, 2n],
  [10n, 10n, 1n],
  [0n, 10n, 0n],
  [24n, 10n, 2n],
  [26n, 10n, 3n],
  [250_001n, 100_000n, 3n],
])('%s / %s is rounded half-even to %s', (numerator, denominator, rounded) => {
  expect(divideHalfEven(numerator, denominator)).toBe(rounded);
});

test.each([
  [129_900, 10, 12_990],
  [25, 10, 2],
  [35, 10, 4],
  [1, 50, 0],
  [3, 50, 2],
  [101, 33.33, 34],
  [10_000, 33.33, 3_333],
  [5, 90, 4],
  [15, 90, 14],
  [200, 0.25, 0],
  [600, 0.25, 2],
  [1_000, 0.29, 3],
  [10_000, 0.57, 57],
  [Number.MAX_SAFE_INTEGER, 100, Number.MAX_SAFE_INTEGER],
  [Number.MAX_SAFE_INTEGER, 50, 4_503_599_627_370_496],
  [7, 0, 0],
])('%s minor units at %s %% are %s', (amount, percent, weighted) => {
  expect(share({ amount, currency: 'EUR' }, percent)).toEqual({ amount: weighted, currency: 'EUR' });
});

test('is never further from the exact value than half a minor unit, and even when exactly half', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), fc.nat({ max: 10_000 }), (amount, hundredths) => {
      const rounded = BigInt(share({ amount, currency: 'JPY' }, hundredths / 100).amount);
      const twice = 2n * (BigInt(amount) * BigInt(hundredths) - rounded * 10_000n);
      expect(twice <= 10_000n && twice >= -10_000n).toBe(true);
      if (twice === 10_000n || twice === -10_000n) expect(rounded % 2n).toBe(0n);
    }),
  );
});
