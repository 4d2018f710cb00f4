import type { AccountDeleted, AccountMerged, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import { DealUpdated } from '#contracts/events/deals.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import type { DealState } from '#contracts/resources/deal.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { Sweep } from '#runtime/schedule.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { eventKey, partition } from '#table/keys.ts';
import { type Change, said } from '../domain/deal.ts';
import { withoutContact } from '../domain/parties.ts';
import { dealIdsOfContact } from '../store/contact-deals.ts';
import { dealEffect, dealIdsOfAccount, readDeal, readDeals, type StoredDeal } from '../store/deals.ts';
import { type Departed, departure, departureDone, readDepartures } from '../store/departures.ts';
import { survivorOf } from '../store/survivors.ts';

/** What the system changes raises no version; a deal's events still tell of it. */
const followed = (before: StoredDeal, field: 'accountId' | 'contacts', deal: DealState, now: string): Change =>
  said({ ...before, deal: { ...deal, updatedAt: now } }, [
    {
      contract: DealUpdated,
      data: { deal: { ...deal, updatedAt: now }, changed: [field], previous: { [field]: before.deal[field] ?? null } },
    },
  ]);

/** How the deals of accounts and of contacts are found and go on. A step takes as many as a transaction of 100 operations does. */
const ways = {
  account: {
    keyOf: accountRecordKey,
    find: dealIdsOfAccount,
    perStep: 40,
    next: (before: StoredDeal, from: string, to: string | undefined, now: string): Change | undefined => {
      const { accountId, ...rest } = before.deal;
      return accountId === from
        ? followed(before, 'accountId', { ...rest, ...(to === undefined ? {} : { accountId: to }) }, now)
        : undefined;
    },
  },
  contact: {
    keyOf: contactRecordKey,
    find: dealIdsOfContact,
    perStep: 20,
    next: (before: StoredDeal, from: string, to: string | undefined, now: string): Change | undefined => {
      const contacts = to === undefined ? undefined : withoutContact(before.deal.contacts, from, to);
      return contacts && followed(before, 'contacts', { ...before.deal, contacts }, now);
    },
  },
} as const;

/** Some deals of somebody who has gone name the final survivor of merges; those that have gone on already stay as they are. */
const followStep = async (unit: UnitOfWork, { kind, id }: Departed, dealIds: readonly string[]): Promise<void> => {
  const { keyOf, next } = ways[kind];
  const [survivor, deals] = await Promise.all([survivorOf(unit.table, keyOf, id), readDeals(unit.table, dealIds)]);
  if (survivor?.id === id) return;
  const effects = deals.flatMap((before) => {
    const change = next(before, id, survivor?.id, unit.now);
    return change === undefined ? [] : [dealEffect(before, change)];
  });
  if (effects.length === 0) return;
  // The deals themselves say how far this has come, so no step needs a mark.
  await unit.commit({ writes: effects.flatMap(({ writes }) => writes), events: effects.flatMap(({ events }) => events) });
};

/** All deals of somebody who has gone, a step for each page; true when none has failed or was put off. */
const followAll = async (
  table: Reader,
  departed: Departed,
  step: (work: (unit: UnitOfWork) => Promise<void>) => Promise<boolean>,
): Promise<boolean> => {
  const { find, perStep } = ways[departed.kind];
  let after: string | undefined;
  do {
    const { ids, next } = await find(table, departed.id, { limit: perStep, after });
    if (ids.length > 0 && !(await step((unit) => followStep(unit, departed, ids)))) return false;
    after = next;
  } while (after !== undefined);
  return true;
};

const follow = async (unit: UnitOfWork, departed: Departed): Promise<void> => {
  await followAll(unit.table, departed, async (work) => {
    await unit.step(work);
    return true;
  });
  await unit.commit({ writes: [departure(departed, unit.now)] });
};

/** Deals of a merged account are its survivor's. */
export const followAccountMerge: EventHandler<typeof AccountMerged> = (event, unit) =>
  follow(unit, { kind: 'account', id: event.data.sourceId });

/** Deals of a deleted account stay without one. */
export const followAccountDeletion: EventHandler<typeof AccountDeleted> = (event, unit) =>
  follow(unit, { kind: 'account', id: event.data.account.id });

/** Deals that name a merged contact name its survivor, in its role. */
export const followContactMerge: EventHandler<typeof ContactMerged> = (event, unit) =>
  follow(unit, { kind: 'contact', id: event.data.sourceId });

/** Later than an index or a transaction under way may be behind. */
const secondLookMs = 30_000;
const departuresAtOnce = 100;

/** Looks once more for deals of those who have gone: the index may not have told of all, and a deal may have been opened at that very moment. */
export const lookAgain = async (sweep: Sweep): Promise<void> => {
  const by = new Date(Date.parse(sweep.now) - secondLookMs).toISOString();
  let after: string | undefined;
  do {
    const { due, next } = await readDepartures(sweep.table, by, { limit: departuresAtOnce, after });
    for (const departed of due) {
      if (!sweep.hasTime()) return;
      const isDone = await followAll(sweep.table, departed, async (work) => sweep.hasTime() && (await sweep.step(departed.id, work)));
      if (isDone) await sweep.step(departed.id, async (unit) => void (await unit.commit({ writes: [departureDone(departed)] })));
    }
    after = next;
  } while (after !== undefined);
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
