import * as z from 'zod/mini';
import { id } from '#contracts/core/ids.ts';
import { Money } from '#contracts/core/values.ts';
import { AccountUpdated } from '#contracts/events/accounts.ts';
import type { DealCreated, DealDeleted, DealLost, DealReopened, DealStageChanged, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import { accountRecordKey } from '#contracts/records/account.ts';
import type { DealHeader } from '#contracts/resources/deal.ts';
import type { EventHandler, ReceivedEvent } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { asCustomer, counterChanges } from '../domain/counters.ts';
import { accountEvent, count, readAccount, replaceAccount } from '../store/accounts.ts';
import type { Named } from '../store/parties.ts';
import { isKnown, survivingAccount } from '../store/survivors.ts';
import { copyOf } from '../store/timeline.ts';
import { tell } from './tell-lead.ts';

/** The counters that one fact about a deal changes; an account that is gone counts no more, a merged one counts for its survivor. */
const countWrites = async (unit: UnitOfWork, before: DealHeader | undefined, after: DealHeader): Promise<Write[]> => {
  const changes = [...counterChanges(before, after)];
  const standing = changes.length === 0 ? [] : await unit.table.getMany(changes.map(([accountId]) => accountRecordKey(accountId)));
  return changes.flatMap(([accountId, numbers], i) => (isKnown(standing[i]) ? [count(accountId, numbers)] : []));
};

const namedBy = ({ contacts, accountId, leadId }: DealHeader, formerAccount?: string): Named => ({
  contactIds: contacts.map(({ contactId }) => contactId),
  accountIds: [accountId, formerAccount].flatMap((account) => account ?? []),
  leadId,
});

/** The part of a deal's state that a timeline shows. */
const shown = ({ id: dealId, name, amount, status }: DealHeader, more: Readonly<Record<string, unknown>> = {}) =>
  Object.fromEntries(Object.entries({ dealId, name, amount, status, ...more }).filter(([, value]) => value !== undefined));

/** Counts what a fact about a deal changes, and tells it in the timelines of its contacts and account. */
const record = async (
  event: ReceivedEvent,
  unit: UnitOfWork,
  fact: { readonly before: DealHeader | undefined; readonly after: DealHeader; readonly shown: Readonly<Record<string, unknown>> },
  formerAccount?: string,
): Promise<void> =>
  tell(event, unit, namedBy(fact.after, formerAccount), copyOf(event, fact.shown), {
    writes: await countWrites(unit, fact.before, fact.after),
  });

/** One more open deal. */
export const countCreated: EventHandler<typeof DealCreated> = (event, unit) => {
  const { deal, stageName } = event.data;
  // Whatever has become of it since: each further fact counts by itself.
  return record(event, unit, { before: undefined, after: { ...deal, status: 'open' }, shown: shown(deal, { stageName }) });
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
  return record(
    event,
    unit,
    { before, after: deal, shown: shown(deal, { changed }) },
    changed.includes('accountId') ? before.accountId : undefined,
  );
};

/** It moved on; no counter knows stages. */
export const tellStage: EventHandler<typeof DealStageChanged> = (event, unit) => {
  const { deal, from, to, stageName } = event.data;
  return record(event, unit, { before: deal, after: deal, shown: shown(deal, { from, to, stageName }) });
};

/** One open deal less. */
export const countLost: EventHandler<typeof DealLost> = (event, unit) => {
  const { deal, reason } = event.data;
  return record(event, unit, { before: { ...deal, status: 'open' }, after: { ...deal, status: 'lost' }, shown: shown(deal, { reason }) });
};

/** One open deal more, and one won one less if it was. */
export const countReopened: EventHandler<typeof DealReopened> = (event, unit) => {
  const { deal, from, stageName } = event.data;
  return record(event, unit, { before: { ...deal, status: from }, after: { ...deal, status: 'open' }, shown: shown(deal, { stageName }) });
};

/** One open deal less and one won more; a prospect is a customer from now on, which is no caller's change of the account. */
export const countWon: EventHandler<typeof DealWon> = async (event, unit) => {
  const { deal } = event.data;
  const counts = await countWrites(unit, { ...deal, status: 'open' }, { ...deal, status: 'won' });
  const accountId = deal.accountId === undefined ? undefined : await survivingAccount(unit.table, deal.accountId);
  const read = accountId === undefined ? undefined : await readAccount(unit.table, accountId);
  const customer = read === undefined ? undefined : asCustomer(read.account, unit.now);
  const events: EventDraft[] =
    customer === undefined || read === undefined ? [] : [accountEvent(AccountUpdated, customer, read.sequence + 1, { changed: ['type'] })];
  const writes = [...counts, ...(customer === undefined || read === undefined ? [] : [replaceAccount(customer, read)])];
  await tell(event, unit, namedBy(deal), copyOf(event, shown(deal, { closedAt: deal.closedAt })), { writes, events });
};

/** Counts no more at its account, whatever it counted for, and is told there. */
export const countDeleted: EventHandler<typeof DealDeleted> = (event, unit) => {
  const { deal } = event.data;
  return record(event, unit, { before: deal, after: { ...deal, accountId: undefined }, shown: shown(deal) }, deal.accountId);
};
