import type { DealState } from '#contracts/resources/deal.ts';
import { type DealRecord, leave, weightedAmount } from './deal.ts';
import { bucketOf } from './durations.ts';

/** Row of the counters of deals that are closed; the others of a board are named after their stage. */
export const closedRow = 'closed';

/** Stands for the month of deals that have none; sorts before every month. */
export const noMonth = '0000-00';

/** Subject of what closings count as a whole; the others are named after a stage. */
export const allClosings = 'all';

/**
 * What counters there are, and what each row of them is of.
 *
 * - `board`, of a pipeline: a row for each stage with the open deals in it (`count`, `total.EUR`, `weighted.EUR`), and `closed` (`won.<stageId>`, `lost.<stageId>`).
 * - `forecast`, of everyone, and `owner-forecast`, of an owner: a row for each month and pipeline, `<month>#<pipelineId>` (`EUR.open`, `EUR.openCount`, …).
 * - `closings`: a row for each month and each day, as a whole and by stage, `m2026-11#all`, `d2026-11-22#<stageId>`: `won`, `lost`, durations by bucket
 *   (`b<bucket>`), and by stage what was lost there, `<reason>#count`, `<reason>#EUR`.
 */
export type Family = 'board' | 'forecast' | 'owner-forecast' | 'closings';

/** One row: `of` is the pipeline's id or the owner, '' where there is but one of the family. */
export interface Row {
  readonly family: Family;
  readonly of: string;
  readonly row: string;
}

type Numbers = Readonly<Record<string, number>>;
interface Contribution extends Row {
  readonly numbers: Numbers;
}

const onBoard = (record: DealRecord): Contribution[] => {
  const { deal } = record;
  if (deal.status !== 'open') {
    return Object.entries(leave(record, endOf(deal))).map(([pipelineId, stages]) => ({
      family: 'board',
      of: pipelineId,
      row: closedRow,
      numbers: Object.fromEntries(Object.keys(stages).map((stageId) => [`${deal.status}.${stageId}`, 1])),
    }));
  }
  const weighted = weightedAmount(deal);
  const numbers = {
    count: 1,
    ...(deal.amount ? { [`total.${deal.amount.currency}`]: deal.amount.amount } : {}),
    ...(weighted ? { [`weighted.${weighted.currency}`]: weighted.amount } : {}),
  };
  return [{ family: 'board', of: deal.pipelineId, row: deal.stageId, numbers }];
};

const inForecast = ({ deal }: DealRecord): Contribution[] => {
  const { amount, status, owner } = deal;
  if (!amount) return [];
  const { currency } = amount;
  const month = (status === 'open' ? deal.expectedCloseDate : endOf(deal))?.slice(0, 7) ?? noMonth;
  const row = `${month}#${deal.pipelineId}`;
  const numbers: Numbers = {
    [`${currency}.${status}`]: amount.amount,
    [`${currency}.${status}Count`]: 1,
    ...(status === 'open' ? { [`${currency}.weighted`]: weightedAmount(deal)?.amount ?? 0 } : {}),
  };
  return [
    { family: 'forecast', of: '', row, numbers },
    ...(owner === undefined ? [] : [{ family: 'owner-forecast' as const, of: owner, row, numbers }]),
  ];
};

/** Name of the number of durations in a bucket. */
const bucketName = (milliseconds: number): string => `b${bucketOf(milliseconds)}`;

const amongClosings = (record: DealRecord): Contribution[] => {
  const { deal } = record;
  if (deal.status === 'open') return [];
  const end = endOf(deal);
  const cycle = Math.max(0, Date.parse(end) - Date.parse(deal.createdAt));
  const whole: Numbers = deal.status === 'won' ? { won: 1, [bucketName(cycle)]: 1 } : { lost: 1 };
  const reason = deal.lostReason ?? 'other';
  const loss: Numbers =
    deal.status === 'lost'
      ? { [`${reason}#count`]: 1, ...(deal.amount ? { [`${reason}#${deal.amount.currency}`]: deal.amount.amount } : {}) }
      : {};
  const stages = Object.values(leave(record, end)).flatMap((stays) => Object.entries(stays));
  return [`m${end.slice(0, 7)}`, `d${end.slice(0, 10)}`].flatMap((period) => [
    { family: 'closings' as const, of: '', row: `${period}#${allClosings}`, numbers: whole },
    ...stages.map(([stageId, milliseconds]) => ({
      family: 'closings' as const,
      of: '',
      row: `${period}#${stageId}`,
      numbers: { [bucketName(milliseconds)]: 1, ...(stageId === deal.stageId ? loss : {}) },
    })),
  ]);
};

const endOf = ({ closedAt, updatedAt }: DealState): string => closedAt ?? updatedAt;

/**
 * All that a deal adds to the counters. Counters are the sum of this over all deals, so that a change adds the difference of after and before and they stay
 * exact after any history.
 */
export const contributions = (record: DealRecord): readonly Contribution[] => [
  ...onBoard(record),
  ...inForecast(record),
  ...amongClosings(record),
];

/** One row's numbers and what is to be added to each; never 0. */
export interface Addition extends Row {
  readonly numbers: Numbers;
}

/** What a change adds to the counters: nothing where nothing differs. */
export const additions = (before: DealRecord | undefined, after: DealRecord | undefined): readonly Addition[] => {
  const rows = new Map<string, Row & { numbers: Record<string, number> }>();
  const add = ({ numbers, ...row }: Contribution, sign: 1 | -1): void => {
    const name = JSON.stringify([row.family, row.of, row.row]);
    const target = rows.get(name) ?? { ...row, numbers: {} };
    for (const [number, value] of Object.entries(numbers)) target.numbers[number] = (target.numbers[number] ?? 0) + sign * value;
    rows.set(name, target);
  };
  for (const contribution of before ? contributions(before) : []) add(contribution, -1);
  for (const contribution of after ? contributions(after) : []) add(contribution, 1);
  return [...rows.values()].flatMap(({ numbers, ...row }) => {
    const moved = Object.entries(numbers).filter(([, value]) => value !== 0);
    return moved.length === 0 ? [] : [{ ...row, numbers: Object.fromEntries(moved) }];
  });
};
