import { type DealRecord, type Visits, weightedAmount } from './deal.ts';

/** Row of the counters of deals that are closed; the others are named after their stage. */
export const closedRow = 'closed';

/** What one deal adds to one number of one row of a pipeline's counters. */
interface Contribution {
  readonly pipelineId: string;
  /** A stage's id, or `closed`. */
  readonly row: string;
  /** `count`, `total.EUR`, `weighted.EUR`; in the row `closed`, `won.<stageId>` and `lost.<stageId>`. */
  readonly name: string;
  readonly value: number;
}

/** Every stage that a deal has been in, by pipeline. */
const everIn = ({ deal, visited }: DealRecord): Visits => {
  const stages = visited[deal.pipelineId] ?? [];
  return stages.includes(deal.stageId) ? visited : { ...visited, [deal.pipelineId]: [...stages, deal.stageId] };
};

/**
 * All that a deal adds to the counters of the boards: while it is open, to its stage; when it is closed, to what is known of each stage it
 * has been in. Counters are the sum of this over all deals, so that a change adds the difference of after and before and they stay exact.
 */
const contributions = (record: DealRecord): readonly Contribution[] => {
  const { deal } = record;
  if (deal.status === 'open') {
    const row = { pipelineId: deal.pipelineId, row: deal.stageId };
    const weighted = weightedAmount(deal);
    return [
      { ...row, name: 'count', value: 1 },
      ...(deal.amount ? [{ ...row, name: `total.${deal.amount.currency}`, value: deal.amount.amount }] : []),
      ...(weighted ? [{ ...row, name: `weighted.${weighted.currency}`, value: weighted.amount }] : []),
    ];
  }
  return Object.entries(everIn(record)).flatMap(([pipelineId, stages]) =>
    stages.map((stageId) => ({ pipelineId, row: closedRow, name: `${deal.status}.${stageId}`, value: 1 })),
  );
};

/** One row's numbers and what is to be added to each; never 0. */
export interface Addition {
  readonly pipelineId: string;
  readonly row: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** What a change adds to the counters: nothing where nothing differs. */
export const additions = (before: DealRecord | undefined, after: DealRecord | undefined): readonly Addition[] => {
  const rows = new Map<string, { pipelineId: string; row: string; numbers: Record<string, number> }>();
  const add = ({ pipelineId, row, name, value }: Contribution, sign: 1 | -1): void => {
    const key = `${pipelineId}#${row}`;
    const target = rows.get(key) ?? { pipelineId, row, numbers: {} };
    target.numbers[name] = (target.numbers[name] ?? 0) + sign * value;
    rows.set(key, target);
  };
  for (const contribution of before ? contributions(before) : []) add(contribution, -1);
  for (const contribution of after ? contributions(after) : []) add(contribution, 1);
  return [...rows.values()].flatMap(({ numbers, ...row }) => {
    const moved = Object.entries(numbers).filter(([, value]) => value !== 0);
    return moved.length === 0 ? [] : [{ ...row, numbers: Object.fromEntries(moved) }];
  });
};
