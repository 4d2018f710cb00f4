import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretchesOf } from './reports.ts';

const day = fc
  .date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2027-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** How often a closing on that date is counted: it stands in the row of its month and in that of its day. */
const countedOn = (date: string, from: string | undefined, to: string | undefined): number =>
  stretchesOf(from, to).flatMap((stretch) =>
    [`m${date.slice(0, 7)}#all`, `d${date}#stage_1`].filter((row) => row >= stretch.from && row <= stretch.to),
  ).length;

test('a period counts each closing in it once, and none outside', () => {
  fc.assert(
    fc.property(day, fc.option(day, { nil: undefined }), fc.option(day, { nil: undefined }), (date, from, to) => {
      const isInside = (from === undefined || date >= from) && (to === undefined || date <= to);
      expect(countedOn(date, from, to)).toBe(isInside ? 1 : 0);
    }),
    { numRuns: 2_000 },
  );
});

test('whole months are read as such', () => {
  expect(stretchesOf('2026-01-01', '2026-12-31')).toEqual([{ from: 'm2026-01', to: 'm2026-12#~' }]);
  expect(stretchesOf('2026-01-15', '2026-03-10')).toEqual([
    { from: 'd2026-01-15', to: 'd2026-01-31#~' },
    { from: 'm2026-02', to: 'm2026-02#~' },
    { from: 'd2026-03-01', to: 'd2026-03-10#~' },
  ]);
});
