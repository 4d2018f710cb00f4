import type { AccountState } from '#contracts/resources/account.ts';
import type { DealHeader } from '#contracts/resources/deal.ts';

/** Numbers kept beside an account: `contacts`, `deals` of whatever status, `open`, `won`, and `amount:<currency>` in minor units. */
export type Numbers = Readonly<Record<string, number>>;

const amountPrefix = 'amount:';

/** What a deal counts for at its account. */
const shareOf = ({ status, amount }: DealHeader): Numbers => {
  if (status === 'open') return { deals: 1, open: 1 };
  if (status !== 'won') return { deals: 1 };
  return { deals: 1, won: 1, ...(amount === undefined ? {} : { [amountPrefix + amount.currency]: amount.amount }) };
};

/** One set of numbers and another, added or taken away. */
export const plus = (sum: Numbers, share: Numbers, sign: 1 | -1): Numbers => {
  const next: Record<string, number> = { ...sum };
  for (const [name, number] of Object.entries(share)) next[name] = (next[name] ?? 0) + sign * number;
  return next;
};

/**
 * What one fact about a deal adds to the counters of accounts: its share after minus its share before. The facts of a deal therefore
 * add up to its present share in whichever order they come.
 */
export const counterChanges = (before: DealHeader | undefined, after: DealHeader): ReadonlyMap<string, Numbers> => {
  const changes = new Map<string, Numbers>();
  const count = (deal: DealHeader | undefined, sign: 1 | -1): void => {
    if (deal?.accountId !== undefined) changes.set(deal.accountId, plus(changes.get(deal.accountId) ?? {}, shareOf(deal), sign));
  };
  count(before, -1);
  count(after, 1);
  return new Map(
    [...changes]
      .map(([accountId, numbers]) => [accountId, Object.fromEntries(Object.entries(numbers).filter(([, number]) => number !== 0))] as const)
      .filter(([, numbers]) => Object.keys(numbers).length > 0),
  );
};

/** What an account shows of its counters. News of a deal's end may come before that of its beginning: nothing is shown below zero. */
export const shownCounters = (numbers: Numbers) => ({
  contactCount: Math.max(0, numbers.contacts ?? 0),
  openDeals: Math.max(0, numbers.open ?? 0),
  wonDeals: Math.max(0, numbers.won ?? 0),
  wonAmount: Object.entries(numbers)
    .filter(([name, amount]) => name.startsWith(amountPrefix) && amount > 0)
    .map(([name, amount]) => ({ amount, currency: name.slice(amountPrefix.length) }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
});

/** Winning makes a customer of a prospect, and of nobody else: a partner stays a partner. */
export const asCustomer = (account: AccountState, now: string): AccountState | undefined =>
  account.type === 'prospect' ? { ...account, type: 'customer', updatedAt: now } : undefined;
