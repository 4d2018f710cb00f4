import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineItem } from '#contracts/resources/line-item.ts';
import { share, valuationOf } from './money.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

const line = (quantity: string, unitPrice: number, more: Partial<LineItem> = {}): LineItem => ({
  name: 'x',
  quantity,
  unitPrice: eur(unitPrice),
  ...more,
});

const netOf = (item: LineItem): number | undefined => valuationOf([item])?.net.amount;

// The table of rounding modes of java.math.RoundingMode, its column HALF_EVEN, as far as money goes (nothing here is negative):
// https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/math/RoundingMode.html
test.each([
  ['5.5', 6],
  ['2.5', 2],
  ['1.6', 2],
  ['1.1', 1],
  ['1.0', 1],
])('%s units at one cent come to %s cents, as RoundingMode.HALF_EVEN has it', (quantity, cents) => {
  expect(netOf(line(quantity, 1))).toBe(cents);
});

// Cases of the General Decimal Arithmetic test suite, rounding half_even to integers: https://speleotrove.com/decimal/dectest.html (dqquantize, rounding.decTest)
test.each([
  ['12344.5', 12_344],
  ['12345.5', 12_346],
  ['12345.49999', 12_345],
  ['12345.50001', 12_346],
  ['0.5', 0],
  ['0.500000001', 1],
  ['1.5', 2],
  ['3.5', 4],
  ['4.5', 4],
])('%s units at one cent come to %s cents', (quantity, cents) => {
  expect(netOf(line(quantity, 1))).toBe(cents);
});

// 1.005 and 1.115 are below a half as IEEE doubles, 0.285 and 2.675 too: here they are what they say.
test.each([
  ['1.005', 100, 100],
  ['1.015', 100, 102],
  ['1.115', 100, 112],
  ['2.675', 100, 268],
  ['0.285', 100, 28],
  ['1.255', 100, 126],
])('%s × 1.00 is reckoned in decimals, not in floating point', (quantity, price, cents) => {
  expect(netOf(line(quantity, price))).toBe(cents);
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
  [1_000, 8.875, 89],
  [Number.MAX_SAFE_INTEGER, 100, Number.MAX_SAFE_INTEGER],
  [Number.MAX_SAFE_INTEGER, 50, 4_503_599_627_370_496],
  [7, 0, 0],
])('%s minor units at %s %% are %s', (amount, percent, weighted) => {
  expect(share(eur(amount), percent)).toEqual(eur(weighted));
});

test.each([
  ['JPY', 1_000, '3', 10, 2_700],
  ['JPY', 999, '1', 50, 500],
  ['JPY', 997, '1', 50, 498],
  ['EUR', 1_999, '3', 12.5, 5_247],
  ['BHD', 1_250, '0.333', 0, 416],
  ['BHD', 1_500, '0.333', 0, 500],
])('discounts come off before rounding, in the minor unit of %s', (currency, amount, quantity, discountPercent, net) => {
  const item = { name: 'x', quantity, unitPrice: { amount, currency }, ...(discountPercent === 0 ? {} : { discountPercent }) };
  expect(valuationOf([item])?.net).toEqual({ amount: net, currency });
});

test('tax is reckoned once per rate over the nets of that rate, the lowest rate first', () => {
  const valuation = valuationOf([
    line('1', 105, { taxPercent: 19 }),
    line('1', 250, { taxPercent: 7 }),
    line('1', 105, { taxPercent: 19 }),
    line('1', 999),
    line('1', 100, { taxPercent: 0 }),
  ]);
  expect(valuation).toMatchObject({
    net: eur(1_559),
    tax: [
      { percent: 0, base: eur(100), amount: eur(0) },
      // 17.5: to the even one
      { percent: 7, base: eur(250), amount: eur(18) },
      // 39.9; line by line it would have been 20 + 20
      { percent: 19, base: eur(210), amount: eur(40) },
    ],
    total: eur(1_617),
  });
});

test('what JSON could not carry exactly has no value', () => {
  expect(valuationOf([line('1', Number.MAX_SAFE_INTEGER)])).toBeUndefined();
  expect(valuationOf([line('999999999999.999999999', 9_007)])).toBeUndefined();
  expect(valuationOf([line('1', Number.MAX_SAFE_INTEGER, { discountPercent: 100, taxPercent: 100 })])?.total).toEqual(eur(0));
});

/** What a caller may write: quantities of up to nine decimals, rates of up to four. */
const digits = (scale: number, most: number) =>
  fc.integer({ min: 1, max: most }).map((n) => {
    const text = String(n).padStart(scale + 1, '0');
    return { scaled: BigInt(n), scale: BigInt(scale), text: scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}` };
  });
const quantity = fc.nat({ max: 9 }).chain((scale) => digits(scale, 2_000_000_000));
const rate = fc.integer({ min: 0, max: 1_000_000 });
const item = fc.record({
  quantity,
  price: fc.nat({ max: 1_000_000 }),
  discount: rate,
  tax: fc.option(fc.constantFrom(0, 70_000, 190_000, 88_750)),
});

const asItem = ({ quantity: { text }, price, discount, tax }: typeof item extends fc.Arbitrary<infer T> ? T : never): LineItem =>
  line(text, price, { discountPercent: discount / 10_000, ...(tax === null ? {} : { taxPercent: tax / 10_000 }) });

test('a net is never further from the exact value than half a minor unit, and even when exactly half', () => {
  fc.assert(
    fc.property(item, (given) => {
      const net = BigInt(netOf(asItem(given)) ?? 0);
      const numerator = given.quantity.scaled * BigInt(given.price) * (1_000_000n - BigInt(given.discount));
      const denominator = 10n ** given.quantity.scale * 1_000_000n;
      const twice = 2n * (numerator - net * denominator);
      expect(twice <= denominator && twice >= -denominator).toBe(true);
      if (twice === denominator || twice === -denominator) expect(net % 2n).toBe(0n);
    }),
    { numRuns: 500 },
  );
});

test('net is the sum of nets, each base the sum of the nets of its rate, total what they come to', () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (given) => {
      const valuation = valuationOf(given.map(asItem));
      if (valuation === undefined) throw new Error('too much for this test');
      const { lineItems, net, tax, total } = valuation;
      const sum = (amounts: number[]) => amounts.reduce((a, b) => a + b, 0);
      expect(net.amount).toBe(sum(lineItems.map((one) => one.net.amount)));
      expect(tax.map(({ percent }) => percent)).toEqual([...new Set(tax.map(({ percent }) => percent))].sort((a, b) => a - b));
      for (const { percent, base, amount } of tax) {
        expect(base.amount).toBe(sum(lineItems.filter((one) => one.taxPercent === percent).map((one) => one.net.amount)));
        expect(amount).toEqual(share(base, percent));
      }
      expect(
        sum(tax.map(({ base }) => base.amount)) + sum(lineItems.filter((one) => one.taxPercent === undefined).map((one) => one.net.amount)),
      ).toBe(net.amount);
      expect(total.amount).toBe(net.amount + sum(tax.map(({ amount }) => amount.amount)));
    }),
  );
});

test('a share is never further from the exact value than half a minor unit, and even when exactly half', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 10_000 }), (amount, hundredths) => {
      const rounded = BigInt(share({ amount, currency: 'JPY' }, hundredths / 100).amount);
      const twice = 2n * (BigInt(amount) * BigInt(hundredths) - rounded * 10_000n);
      expect(twice <= 10_000n && twice >= -10_000n).toBe(true);
      if (twice === 10_000n || twice === -10_000n) expect(rounded % 2n).toBe(0n);
    }),
  );
});
