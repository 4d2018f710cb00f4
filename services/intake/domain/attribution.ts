import { defined } from '#contracts/core/json.ts';
import type { Attribution } from '#contracts/records/lead.ts';
import type { LeadStanding, LeadState } from '#contracts/resources/lead.ts';

/** Where a capture came from, as the report of sources groups it. */
export type Origin = Attribution['first'];

/** Numbers of one source and campaign on one day, to be added to what is counted; `first.` and `last.` are the two ways to attribute. */
export interface Counted {
  /** Day of the lead's capture, `2026-11-22`. */
  readonly day: string;
  readonly origin: Origin;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The attribution of a lead; without one of its own, that of its first capture, which gave it its source and campaign. */
export const attributionOf = ({
  attribution,
  lead,
}: {
  readonly attribution?: Attribution | undefined;
  readonly lead: LeadState;
}): Attribution => attribution ?? { first: defined({ source: lead.source, campaign: lead.campaign }), firstAt: lead.createdAt };

/** After another touch: the last one before converting. */
export const afterTouch = (before: Attribution, origin: Origin, at: string): Attribution =>
  before.converted === true ? before : { ...before, last: origin, lastAt: at };

/** How far a lead came counts for good, whatever becomes of it. */
export const afterStanding = (before: Attribution, standing: LeadStanding, qualified: boolean): Attribution => {
  const isConverted = before.converted === true || standing.status === 'converted';
  const isQualified = isConverted || qualified || before.qualified === true || standing.status === 'qualified';
  const isMql = isQualified || before.mql === true || standing.lifecycleStage !== 'lead';
  return defined({
    ...before,
    mql: isMql ? (true as const) : undefined,
    qualified: isQualified ? (true as const) : undefined,
    converted: isConverted ? (true as const) : undefined,
  });
};

/** With one won deal more or fewer. */
export const afterDeals = (before: Attribution, more: number): Attribution => {
  const won = (before.won ?? 0) + more;
  return defined({ ...before, won: won === 0 ? undefined : won });
};

/** Of a lead and one folded into it: the earliest touch is the first, the latest the last, and how far either came counts. */
export const mergedAttribution = (survivor: Attribution, source: Attribution): Attribution => {
  const lastOf = ({ first, firstAt, last, lastAt }: Attribution) => ({ last: last ?? first, lastAt: lastAt ?? firstAt });
  const earlier = source.firstAt < survivor.firstAt ? source : survivor;
  const later = lastOf(source).lastAt > lastOf(survivor).lastAt ? source : survivor;
  return defined({
    first: earlier.first,
    firstAt: earlier.firstAt,
    ...lastOf(later),
    mql: survivor.mql ?? source.mql,
    qualified: survivor.qualified ?? source.qualified,
    converted: survivor.converted ?? source.converted,
    won: survivor.won,
  });
};

const numbersOf = (attribution: Attribution): [string, number][] => [
  ['leads', 1],
  ['mql', attribution.mql === true ? 1 : 0],
  ['qualified', attribution.qualified === true ? 1 : 0],
  ['converted', attribution.converted === true ? 1 : 0],
  ['won', (attribution.won ?? 0) > 0 ? 1 : 0],
];

type Attributed = { readonly createdAt: string; readonly attribution: Attribution };

const spread = ({ createdAt, attribution }: Attributed, numbers: readonly (readonly [string, number])[], sign: number): Counted[] =>
  (['first', 'last'] as const).map((way) => ({
    day: createdAt.slice(0, 10),
    origin: way === 'first' ? attribution.first : (attribution.last ?? attribution.first),
    numbers: Object.fromEntries(numbers.map(([name, number]) => [`${way}.${name}`, sign * number])),
  }));

/** What a lead counts for, or what is taken back (`sign` -1) of it. */
export const countedFor = (lead: Attributed, sign: 1 | -1 = 1): Counted[] => spread(lead, numbersOf(lead.attribution), sign);

/** What a lead's deals were won for, in minor units by currency; below 0 for what is taken back. */
export const countedAmounts = (
  lead: Attributed,
  amounts: readonly { readonly amount: number; readonly currency: string }[],
  sign: 1 | -1 = 1,
): Counted[] => amounts.flatMap(({ amount, currency }) => spread(lead, [[`amount.${currency}`, amount]], sign));

/** What changes when a lead with these won amounts is owed otherwise, or no more. */
export const recounted = (
  before: Attributed,
  after: Attributed | undefined,
  amounts: readonly { readonly amount: number; readonly currency: string }[],
): Counted[] => [
  ...countedFor(before, -1),
  ...countedAmounts(before, amounts, -1),
  ...(after === undefined ? [] : [...countedFor(after), ...countedAmounts(after, amounts)]),
];

/** The same sums, each source, campaign and day once, without what comes to nothing. */
export const summed = (counted: readonly Counted[]): Counted[] => {
  const sums = new Map<string, { readonly day: string; readonly origin: Origin; readonly numbers: Map<string, number> }>();
  for (const { day, origin, numbers } of counted) {
    const key = JSON.stringify([day, origin.source, origin.campaign]);
    const sum = sums.get(key) ?? { day, origin, numbers: new Map<string, number>() };
    for (const [name, number] of Object.entries(numbers)) sum.numbers.set(name, (sum.numbers.get(name) ?? 0) + number);
    sums.set(key, sum);
  }
  return [...sums.values()].flatMap(({ day, origin, numbers }) => {
    const kept = [...numbers].filter(([, number]) => number !== 0);
    return kept.length === 0 ? [] : [{ day, origin, numbers: Object.fromEntries(kept) }];
  });
};
