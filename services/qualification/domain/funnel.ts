import type { Funnel } from '#contracts/resources/qualification.ts';

/** The steps of the funnel in their order. */
export const funnelSteps = ['captured', 'mql', 'qualified', 'converted', 'won'] as const;
export type FunnelStep = (typeof funnelSteps)[number];

/** When a lead reached each step, in milliseconds since 1970. */
export type Milestones = Readonly<Partial<Record<FunnelStep, number>>>;

/** The furthest step a lead stands on by its stage and status; it has passed all before, in whichever order the news of them came. */
const furthest = (lead: { readonly lifecycleStage: string; readonly status: string }): FunnelStep => {
  if (lead.lifecycleStage === 'customer') return 'won';
  if (lead.status === 'converted') return 'converted';
  if (lead.status === 'qualified') return 'qualified';
  return lead.lifecycleStage === 'mql' ? 'mql' : 'captured';
};

/** Milestones after a change; a step once reached stays reached, also when the lead falls back. */
export const milestonesAt = (
  before: Milestones,
  lead: { readonly lifecycleStage: string; readonly status: string },
  at: number,
): Milestones => {
  const reached = funnelSteps.slice(0, funnelSteps.indexOf(furthest(lead)) + 1);
  return { ...Object.fromEntries(reached.map((step) => [step, at])), ...before };
};

const day = 24 * 60 * 60 * 1000;

/** Days as the histogram counts them: tenths up to ten days, whole days after that. */
const bucketOf = (milliseconds: number): number => {
  const days = Math.max(0, milliseconds) / day;
  return days < 10 ? Math.round(days * 10) / 10 : Math.round(days);
};

const daysName = /^days:([a-z]+):(.+)$/;

/** What reaching new steps adds to the counters of the lead's day: a count for each, and one in the histogram of its days. */
export const countsOf = (before: Milestones, after: Milestones): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  funnelSteps.forEach((step, index) => {
    const at = after[step];
    if (at === undefined || before[step] !== undefined) return;
    counts[step] = 1;
    const previous = funnelSteps[index - 1];
    const since = previous === undefined ? undefined : after[previous];
    if (since !== undefined) counts[`days:${step}:${bucketOf(at - since)}`] = 1;
  });
  return counts;
};

const median = (histogram: ReadonlyMap<number, number>): number | null => {
  const sorted = [...histogram].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [days, count] of sorted) {
    seen += count;
    if (seen * 2 >= total) return days;
  }
  return null;
};

/** The report from the counters of its days. */
export const funnelOf = (counters: readonly Readonly<Record<string, number>>[]): Funnel => {
  const sums = new Map<string, number>();
  for (const [name, count] of counters.flatMap((counter) => Object.entries(counter))) sums.set(name, (sums.get(name) ?? 0) + count);
  const histograms = new Map<string, Map<number, number>>();
  for (const [name, count] of sums) {
    const [, step, days] = daysName.exec(name) ?? [];
    if (step !== undefined) histograms.set(step, (histograms.get(step) ?? new Map<number, number>()).set(Number(days), count));
  }
  const stepOf = (step: FunnelStep) => {
    const count = sums.get(step) ?? 0;
    const previous = funnelSteps[funnelSteps.indexOf(step) - 1];
    const base = previous === undefined ? 0 : (sums.get(previous) ?? 0);
    return {
      count,
      rate: base === 0 ? null : Math.round((count / base) * 10_000) / 10_000,
      medianDays: median(histograms.get(step) ?? new Map()),
    };
  };
  return {
    captured: stepOf('captured'),
    mql: stepOf('mql'),
    qualified: stepOf('qualified'),
    converted: stepOf('converted'),
    won: stepOf('won'),
  };
};
