import * as z from 'zod/mini';
import type { AccountDeleted, AccountMerged, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import { DealUpdated } from '#contracts/events/deals.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import type { DealState } from '#contracts/resources/deal.ts';
import type { EventHandler, ReceivedEvent } from '#runtime/handlers.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { eventKey, partition } from '#table/keys.ts';
import { type Change, said } from '../domain/deal.ts';
import { dealEffect, listDeals, readDeal, type StoredDeal } from '../store/deals.ts';

const Standing = z.object({ gone: z.optional(Gone) });
const longestChain = 200;

/** The id that stands for an account or contact now: its own or its final survivor's; undefined when that is gone. */
const survivorOf = async (table: Reader, keyOf: (id: string) => Key, id: string): Promise<string | undefined> => {
  let current: string | undefined = id;
  for (let step = 0; current !== undefined && step < longestChain; step += 1) {
    const item: Item | undefined = await table.get(keyOf(current));
    if (item === undefined) return undefined;
    const gone: Gone | undefined = z.parse(Standing, item.data).gone;
    if (gone === undefined) return current;
    current = gone.into;
  }
  return undefined;
};

/** What the system changes raises no version; a deal's events still tell of it. */
const followed = (before: StoredDeal, field: 'accountId' | 'contacts', deal: DealState, now: string): Change =>
  said({ ...before, deal: { ...deal, updatedAt: now } }, [
    {
      contract: DealUpdated,
      data: { deal: { ...deal, updatedAt: now }, changed: [field], previous: { [field]: before.deal[field] ?? null } },
    },
  ]);

/** Deals of one transaction: a record and an event each. */
const mostAtOnce = 40;

/** Marks outlive the event archive (30 days) by a week. */
const markedSeconds = 37 * 24 * 60 * 60;

/** The mark of one step of a job; the deals themselves say how far it has come. */
const stepMark = (event: ReceivedEvent, first: string, now: string): Draft => ({
  pk: partition('deals', 'inbox', event.metadata.eventId, first),
  sk: 'mark',
  kind: 'inbox',
  data: {},
  expiresAt: Math.floor(Date.parse(now) / 1000) + markedSeconds,
});

/** Changes up to forty deals at once, and begins anew while there are more. */
const changeAll = async (
  event: ReceivedEvent,
  unit: UnitOfWork,
  changes: readonly { before: StoredDeal; change: Change }[],
): Promise<void> => {
  const some = changes.slice(0, mostAtOnce);
  const first = some[0]?.before;
  if (first === undefined) return;
  const effects = some.map(({ before, change }) => dealEffect(before, change));
  await unit.commit({
    writes: effects.flatMap(({ writes }) => writes),
    events: effects.flatMap(({ events }) => events),
    guard: stepMark(event, `${first.deal.id}-${first.sequence}`, unit.now),
  });
  if (changes.length > mostAtOnce) throw new StaleRead('more deals are left');
};

/** Deals that name the account, as they are now; the index may tell of some that have gone on. */
const dealsOf = async (table: Reader, accountId: string): Promise<StoredDeal[]> => {
  const { deals } = await listDeals(table, { accountId, limit: mostAtOnce + 1, after: undefined, keep: () => true });
  const present = await Promise.all(deals.map(({ deal }) => readDeal(table, deal.id)));
  return present.flatMap((stored) => (stored?.deal.accountId === accountId ? [stored] : []));
};

const leaveAccount = async (event: ReceivedEvent, unit: UnitOfWork, from: string): Promise<void> => {
  const to = await survivorOf(unit.table, accountRecordKey, from);
  const changes = (await dealsOf(unit.table, from)).map((before) => {
    const { accountId: _from, ...rest } = before.deal;
    return { before, change: followed(before, 'accountId', { ...rest, ...(to === undefined ? {} : { accountId: to }) }, unit.now) };
  });
  await changeAll(event, unit, changes);
};

/** Deals of a merged account are its survivor's. */
export const followAccountMerge: EventHandler<typeof AccountMerged> = (event, unit) => leaveAccount(event, unit, event.data.sourceId);

/** Deals of a deleted account stay without one. */
export const followAccountDeletion: EventHandler<typeof AccountDeleted> = (event, unit) => leaveAccount(event, unit, event.data.account.id);

/** Deals that name a merged contact name its survivor, in its role. */
export const followContactMerge: EventHandler<typeof ContactMerged> = async (event, unit) => {
  const { sourceId, deals } = event.data;
  const to = await survivorOf(unit.table, contactRecordKey, sourceId);
  if (to === undefined) return;
  const present = await Promise.all(deals.map((dealId) => readDeal(unit.table, dealId)));
  const changes = present.flatMap((before) => {
    if (!before?.deal.contacts.some(({ contactId }) => contactId === sourceId)) return [];
    const isThere = before.deal.contacts.some(({ contactId }) => contactId === to);
    const contacts = before.deal.contacts.flatMap((contact) =>
      contact.contactId !== sourceId ? [contact] : isThere ? [] : [{ ...contact, contactId: to }],
    );
    return [{ before, change: followed(before, 'contacts', { ...before.deal, contacts }, unit.now) }];
  });
  await changeAll(event, unit, changes);
};

/** An interaction about a deal is part of its timeline; what was said in it is read at accounts. */
export const recordInteraction: EventHandler<typeof InteractionLogged> = async (event, unit) => {
  const { body: _body, ...interaction } = event.data.interaction;
  if (interaction.dealId === undefined || (await readDeal(unit.table, interaction.dealId)) === undefined) return;
  const { eventId } = event.metadata;
  await unit.commit({
    writes: [],
    guard: {
      ...eventKey(partition('deals', 'deal', interaction.dealId), interaction.occurredAt, eventId),
      kind: 'timeline',
      data: {
        source: event.source,
        detailType: event.detailType,
        detail: { metadata: { ...event.metadata, occurredAt: interaction.occurredAt }, data: { interaction } },
      },
    },
  });
};
