import { expect, it } from 'vitest';
import { differencesOfNumbers } from './numbers.ts';

const quote = (id: string, number: string) => ({
  pk: `deals#quote#${id}`,
  sk: 'record',
  kind: 'quote',
  rev: 1,
  data: { quote: { number } },
});
const last = (series: string, number: number) => ({
  pk: `deals#number#${series}#2026`,
  sk: 'last',
  kind: 'number',
  rev: 1,
  data: { last: number },
});

it('finds nothing amiss with numbers without gaps', () => {
  expect(differencesOfNumbers([last('Q', 2), quote('1', 'Q-2026-000001'), quote('2', 'Q-2026-000002')])).toEqual([]);
});

it('reports a gap, and a number that was given twice', () => {
  expect(differencesOfNumbers([last('Q', 3), quote('1', 'Q-2026-000001'), quote('2', 'Q-2026-000003')])).toEqual([
    { pk: 'deals#number#Q#2026', sk: 'last', name: 'last', stored: 3, recomputed: 2 },
  ]);
  expect(differencesOfNumbers([last('Q', 2), quote('1', 'Q-2026-000002'), quote('2', 'Q-2026-000002')])).toMatchObject([
    { name: 'Q-2026-000002', stored: 2, recomputed: 1 },
  ]);
});
