import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, medianDays } from './durations.ts';

const hour = 3_600_000;
const day = 24 * hour;
const medianOf = (...durations: number[]): number | null => {
  const counts = new Map<number, number>();
  for (const duration of durations) counts.set(bucketOf(duration), (counts.get(bucketOf(duration)) ?? 0) + 1);
  return medianDays(counts);
};

describe('a median of durations counted by bucket', () => {
  it('is null of none', () => {
    expect(medianDays(new Map())).toBeNull();
    expect(medianDays(new Map([[3, 0]]))).toBeNull();
  });

  it('is exact for whole days below 60 and whole hours below 2 days', () => {
    for (let days = 2; days < 60; days += 1) expect(medianOf(days * day)).toBe(days);
    for (let hours = 0; hours < 48; hours += 1) expect(medianOf(hours * hour)).toBe(Math.round((hours / 24) * 100) / 100);
  });

  it('is the one in the middle, or the mean of the two', () => {
    expect(medianOf(day, 2 * day, 30 * day)).toBe(2);
    expect(medianOf(2 * day, 4 * day)).toBe(3);
    expect(medianOf(2 * day, 4 * day, 5 * day, 40 * day)).toBe(4.5);
  });

  it('is right to 5 percent for any durations of years, rounded down', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3650 * 24 }), (hours) => {
        const said = medianOf(hours * hour) ?? -1;
        const real = hours / 24;
        expect(said).toBeLessThanOrEqual(real * 1.0001 + 0.005);
        expect(said).toBeGreaterThan((real < 2 ? real - 1 / 24 : real < 60 ? real - 1 : real / 1.05) - 0.01);
      }),
    );
  });

  it('never sorts a longer duration below a shorter one', () => {
    fc.assert(fc.property(fc.nat({ max: 4_000 * day }), fc.nat({ max: 4_000 * day }), (a, b) => a > b || bucketOf(a) <= bucketOf(b)));
  });
});
