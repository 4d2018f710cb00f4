import * as z from 'zod/mini';
import { id } from '#contracts/core/ids.ts';
import { Money } from '#contracts/core/values.ts';
import { AccountUpdated } from '#contracts/events/accounts.ts';
import type { DealCreated, DealDeleted, DealLost, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import type { DealHeader } from '#contracts/resources/deal.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { asCustomer, counterChanges } from '../domain/counters.ts';
import { accountEvent, count, readAccount, replaceAccount } from '../store/accounts.ts';

/** The counters that one fact about a deal changes; an account that is gone counts no more. */
const countWrites = async (unit: UnitOfWork, before: DealHeader | undefined, after: DealHeader): Promise<Write[]> => {
  const changes = [...counterChanges(before, after)];
  const standing = await Promise.all(changes.map(([accountId]) => readAccount(unit.table, accountId)));
  return changes.flatMap(([accountId, numbers], i) => (standing[i] === undefined ? [] : [count(accountId, numbers)]));
};

const commitCounts = async (unit: UnitOfWork, before: DealHeader | undefined, after: DealHeader): Promise<void> => {
  const writes = await countWrites(unit, before, after);
  if (writes.length > 0) await unit.commit({ writes });
};

/** One more open deal. */
export const countCreated: EventHandler<typeof DealCreated> = (event, unit) => {
  const { deal } = event.data;
  // Whatever has become of it since: each further fact counts by itself.
  return commitCounts(unit, undefined, { ...deal, status: 'open' });
};

/** The former values that matter to counters; absent or null for a field that was not set. */
const Counted = z.object({ accountId: z.nullish(id('account')), amount: z.nullish(Money) });

/** A deal that changed accounts, or a won one whose amount was corrected, counts anew. */
export const countUpdated: EventHandler<typeof DealUpdated> = (event, unit) => {
  const { deal, changed, previous } = event.data;
  const former = Counted.parse(previous);
  const before = {
    ...deal,
    ...(changed.includes('accountId') ? { accountId: former.accountId ?? undefined } : {}),
    ...(changed.includes('amount') ? { amount: former.amount ?? undefined } : {}),
  };
  return commitCounts(unit, before, deal);
};

/** One open deal less. */
export const countLost: EventHandler<typeof DealLost> = (event, unit) => {
  const { deal } = event.data;
  return commitCounts(unit, { ...deal, status: 'open' }, { ...deal, status: 'lost' });
};

/** One open deal more, and one won one less if it was. */
export const countReopened: EventHandler<typeof DealReopened> = (event, unit) => {
  const { deal, from } = event.data;
  return commitCounts(unit, { ...deal, status: from }, { ...deal, status: 'open' });
};

/** One open deal less and one won more; a prospect is a customer from now on, which is no caller's change of the account. */
export const countWon: EventHandler<typeof DealWon> = async (event, unit) => {
  const { deal } = event.data;
  if (deal.accountId === undefined) return;
  const read = await readAccount(unit.table, deal.accountId);
  if (read === undefined) return;
  const numbers = counterChanges({ ...deal, status: 'open' }, { ...deal, status: 'won' }).get(deal.accountId) ?? {};
  const customer = asCustomer(read.account, unit.now);
  const events: EventDraft[] = customer === undefined ? [] : [accountEvent(AccountUpdated, customer, read.sequence + 1, ['type'])];
  await unit.commit({
    writes: [count(deal.accountId, numbers), ...(customer === undefined ? [] : [replaceAccount(customer, read)])],
    events,
  });
};

/** Counts no more, whatever it counted for; a lost one counts for nothing, and so does one that is gone. */
export const countDeleted: EventHandler<typeof DealDeleted> = (event, unit) => {
  const { deal } = event.data;
  return commitCounts(unit, deal, { ...deal, status: 'lost' });
};
