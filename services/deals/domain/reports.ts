import { lossReasons } from '#contracts/resources/deal.ts';
import type { LossRow, Velocity } from '#contracts/resources/deal-reports.ts';
import { moneys, type Totals } from './board.ts';
import { allClosings } from './counters.ts';
import { medianDays } from './durations.ts';

/** First and last row of a stretch of the counters of closings, inclusive. */
export interface Stretch {
  readonly from: string;
  readonly to: string;
}

const dayMs = 86_400_000;
const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
const monthOf = (date: string): string => date.slice(0, 7);
const isFirst = (date: string): boolean => date.endsWith('-01');

/** `~` sorts after every row of a period. */
const stretch = (kind: 'm' | 'd', from: string, to: string): Stretch[] =>
  from > to ? [] : [{ from: `${kind}${from}`, to: `${kind}${to}#~` }];

/** The rows that together are a period (inclusive dates, open where undefined): whole months as such, the days before and after them by day. */
export const stretchesOf = (from: string | undefined, to: string | undefined): Stretch[] => {
  if (from !== undefined && to !== undefined && from > to) return [];
  const startsMonth = from === undefined || isFirst(from);
  const endsMonth = to === undefined || isFirst(dayAfter(to, 1));
  // The 28th and 4 days lie in the next month.
  const firstMonth = from === undefined ? '0000' : startsMonth ? monthOf(from) : monthOf(dayAfter(`${monthOf(from)}-28`, 4));
  const lastMonth = to === undefined ? '9999' : endsMonth ? monthOf(to) : monthOf(dayAfter(`${monthOf(to)}-01`, -1));
  if (from !== undefined && to !== undefined && firstMonth > lastMonth) return stretch('d', from, to);
  return [
    ...(from === undefined || startsMonth ? [] : stretch('d', from, dayAfter(`${firstMonth}-01`, -1))),
    ...stretch('m', firstMonth, lastMonth),
    ...(to === undefined || endsMonth ? [] : stretch('d', `${monthOf(to)}-01`, to)),
  ];
};

/** Numbers by subject (`all` or a stage's id), summed over the periods. */
const bySubject = (totals: Totals): Map<string, Record<string, number>> => {
  const subjects = new Map<string, Record<string, number>>();
  for (const [row, numbers] of totals) {
    const subject = row.slice(row.indexOf('#') + 1);
    const sums = subjects.get(subject) ?? {};
    for (const [name, value] of Object.entries(numbers)) sums[name] = (sums[name] ?? 0) + value;
    subjects.set(subject, sums);
  }
  return subjects;
};

/** What was lost, by reason and stage, in order of the reasons. */
export const lossesOf = (totals: Totals): LossRow[] => {
  const stages = [...bySubject(totals)].filter(([subject]) => subject !== allClosings).sort(([a], [b]) => (a < b ? -1 : 1));
  return lossReasons.flatMap((reason) =>
    stages.flatMap(([stageId, numbers]) => {
      const { [`${reason}#count`]: count = 0, ...others } = numbers;
      return count === 0 ? [] : [{ reason, stageId, count, amount: moneys(others, `${reason}#`) }];
    }),
  );
};

const buckets = (numbers: Readonly<Record<string, number>>): Map<number, number> =>
  new Map(Object.entries(numbers).flatMap(([name, count]) => (/^b\d+$/.test(name) ? [[Number(name.slice(1)), count]] : [])));

/** How fast deals went that were closed. */
export const velocityOf = (totals: Totals): Velocity => {
  const subjects = bySubject(totals);
  const { won = 0, lost = 0, ...cycle } = subjects.get(allClosings) ?? {};
  const stages = [...subjects].filter(([subject]) => subject !== allClosings).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    stages: stages.flatMap(([stageId, numbers]) => {
      const counts = buckets(numbers);
      const median = medianDays(counts);
      const sample = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return median === null ? [] : [{ stageId, medianDays: median, sample }];
    }),
    winRate: won + lost === 0 ? null : won / (won + lost),
    medianCycleDays: medianDays(buckets(cycle)),
  };
};
