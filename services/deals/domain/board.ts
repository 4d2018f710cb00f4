import type { Money } from '#contracts/core/values.ts';
import type { Board, Deal, Pipeline } from '#contracts/resources/deal.ts';
import { closedRow } from './counters.ts';

/** Numbers of a pipeline's counters by row, summed over their shards. */
export type Totals = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** Closed deals below which an observed win rate says little. */
const enoughHistory = 20;

/** One pile of money for each currency that has some, in order of the code. */
export const moneys = (numbers: Readonly<Record<string, number>>, prefix: string): Money[] =>
  Object.entries(numbers)
    .filter(([name, value]) => name.startsWith(prefix) && value !== 0)
    .map(([name, amount]) => ({ amount, currency: name.slice(prefix.length) }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));

/** The board of a pipeline from its counters and the first deals of each stage, in order of the stages. */
export const boardOf = (pipeline: Pipeline, totals: Totals, dealsByStage: ReadonlyMap<string, Deal[]>): Board => {
  const closed = totals.get(closedRow) ?? {};
  return {
    stages: pipeline.stages.map(({ id, name, probability }) => {
      const numbers = totals.get(id) ?? {};
      const won = closed[`won.${id}`] ?? 0;
      const sample = won + (closed[`lost.${id}`] ?? 0);
      return {
        stageId: id,
        name,
        probability,
        count: numbers.count ?? 0,
        total: moneys(numbers, 'total.'),
        weighted: moneys(numbers, 'weighted.'),
        deals: dealsByStage.get(id) ?? [],
        observed: { winRate: sample === 0 ? null : won / sample, sample, insufficientHistory: sample < enoughHistory },
      };
    }),
  };
};
