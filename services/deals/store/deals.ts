import * as z from 'zod/mini';
import { DealDeleted } from '#contracts/events/deals.ts';
import { Gone } from '#contracts/records/gone.ts';
import { DealState } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { readItems } from '#table/item-range.ts';
import { eventPrefix, partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import type { Change, DealRecord } from '../domain/deal.ts';
import { contactLinkWrites, dealIdsOfContact } from './contact-deals.ts';
import { counterWrites } from './counters.ts';
import { dealIdsOf, linkWrites } from './lead-deals.ts';
import { KeptLine, keptLine, lineOf } from './line-items.ts';

/** A deal as read, with the rev that the next write is held to. */
export interface StoredDeal extends DealRecord {
  readonly rev: number;
}

export const dealCollection = (dealId: string): string => partition('deals', 'deal', dealId);
const recordKey = (dealId: string): Key => ({ pk: dealCollection(dealId), sk: 'record' });

const mostKeysOfBatch = 100;

const allDeals = partition('deals', 'deals');
/** Deleted deals whose notes, documents and tasks are still to be cleared away. */
const deletedDeals = partition('deals', 'deleted');
const openInStage = (stageId: string): string => partition('deals', 'stage', stageId);
const ofAccount = (accountId: string): string => partition('deals', 'account', accountId);

const idOf = ({ pk }: Key): string => pk.slice(pk.lastIndexOf('#') + 1);

/**
 * A deal's item. Ids hold the time of creation, so they alone sort the lists; only what differs from the usual is kept, so that an ordinary
 * deal stays under the 1 KB that a write is charged for, three indexes included.
 */
const dealItem = ({ deal, sequence, visited, rottenTold }: DealRecord): Draft => {
  const { id, lineItems, ...kept } = deal;
  return {
    ...recordKey(id),
    kind: 'deal',
    data: {
      ...kept,
      sequence,
      rottenTold,
      ...(lineItems.length === 0 ? {} : { lines: lineItems.map(keptLine) }),
      ...(Object.keys(visited).length === 0 ? {} : { visited }),
    },
    indexes: {
      gsi1: { pk: shardPartition(allDeals, id), sk: id },
      ...(deal.status === 'open' ? { gsi2: { pk: openInStage(deal.stageId), sk: `${deal.stageEnteredAt}#${id}` } } : {}),
      ...(deal.accountId === undefined ? {} : { gsi3: { pk: ofAccount(deal.accountId), sk: id } }),
    },
  };
};

const Kept = z.object({
  ...z.omit(DealState, { lineItems: true }).shape,
  id: z.optional(z.string()),
  lines: z._default(z.array(KeptLine), []),
  sequence: z.int(),
  visited: z._default(z.record(z.string(), z.record(z.string(), z.number())), {}),
  rottenTold: z.optional(z.string()),
});

export const storedDeal = (item: Item): StoredDeal => {
  const { sequence, visited, rottenTold, lines, id = idOf(item), ...kept } = z.parse(Kept, item.data);
  // With line items there is an amount, their sum, in their currency.
  const lineItems = lines.map((line) => lineOf(line, kept.amount?.currency ?? ''));
  return { deal: { id, ...kept, lineItems }, sequence, visited, rev: item.rev, ...(rottenTold === undefined ? {} : { rottenTold }) };
};

const Tombstone = z.object({ gone: z.optional(Gone), sequence: z.int() });

/** The deal of an item while it is there: undefined when there is none or it was deleted. */
export const livingDeal = (item: Item | undefined): StoredDeal | undefined =>
  item === undefined || z.parse(Tombstone, item.data).gone !== undefined ? undefined : storedDeal(item);

export const readDeal = async (table: Reader, dealId: string): Promise<StoredDeal | undefined> => {
  return livingDeal(await table.get(recordKey(dealId)));
};

/** Those of these deals that are there, strongly consistent. */
export const readDeals = async (table: Reader, dealIds: readonly string[]): Promise<StoredDeal[]> => {
  const ids = [...new Set(dealIds)];
  const living: StoredDeal[] = [];
  for (let i = 0; i < ids.length; i += mostKeysOfBatch) {
    const items = await table.getMany(ids.slice(i, i + mostKeysOfBatch).map(recordKey));
    living.push(...items.flatMap((item) => livingDeal(item) ?? []));
  }
  return living;
};

/** Holds a transaction to the deal being as it was read. */
export const checkDeal = ({ deal, rev }: StoredDeal): Write => ({ op: 'check', key: recordKey(deal.id), expect: rev });

/** Writes and events of a change of a deal, counters and links included; without `before` the deal is new. `linked`: to its lead, by the caller. */
export const dealEffect = (
  before: StoredDeal | undefined,
  { next, facts }: Change,
  links?: 'linked',
): { writes: Write[]; events: EventDraft[] } => {
  const { id } = next.deal;
  const item = dealItem(next);
  const first = next.sequence - facts.length + 1;
  return {
    writes: [
      before ? { op: 'replace', item, ifRev: before.rev } : { op: 'create', item },
      ...counterWrites(id, before, next),
      ...(links === 'linked' ? [] : linkWrites(before?.deal, next.deal)),
      ...contactLinkWrites(before?.deal, next.deal),
    ],
    events: facts.map(({ contract, data }, i) => {
      const { lineItems: _lines, ...header } = data.deal;
      return { contract, data: { ...data, deal: header }, collection: dealCollection(id), subject: id, sequence: first + i };
    }),
  };
};

const tombstone = (dealId: string, sequence: number, at: string): Draft => ({
  ...recordKey(dealId),
  kind: 'deal',
  data: { gone: { reason: 'deleted', at }, sequence },
});

/** Writes and events of the end of a deal: it leaves every counter and list, a tombstone stays. What hangs on it is cleared away by the sweep. */
export const deletionEffect = (before: StoredDeal, now: string): { writes: Write[]; events: EventDraft[] } => {
  const { deal, sequence, rev } = before;
  const item = { ...tombstone(deal.id, sequence + 1, now), indexes: { gsi2: { pk: deletedDeals, sk: deal.id } } };
  return {
    writes: [
      { op: 'replace', item, ifRev: rev },
      ...counterWrites(deal.id, before, undefined),
      ...linkWrites(deal, undefined),
      ...contactLinkWrites(deal, undefined),
    ],
    events: [{ contract: DealDeleted, collection: dealCollection(deal.id), subject: deal.id, sequence: sequence + 1, data: { deal } }],
  };
};

/** Deleted deals that may still have something hanging on them. */
export const readDeleted = async (table: Reader, limit: number, after: string | undefined): Promise<string[]> => {
  const { items } = await table.query({ partition: deletedDeals, index: 'gsi2', limit, ...(after === undefined ? {} : { after }) });
  return items.map(idOf);
};

/** Says that nothing hangs on a deleted deal any more; undefined when that was said. */
export const clearedWrite = async (table: Reader, dealId: string): Promise<Write | undefined> => {
  const item = await table.get(recordKey(dealId));
  if (item?.indexes === undefined) return undefined;
  const { gone, sequence } = z.parse(Tombstone, item.data);
  return gone && { op: 'replace', item: tombstone(dealId, sequence, gone.at), ifRev: item.rev };
};

export interface DealsWanted {
  readonly leadId?: string | undefined;
  readonly contactId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly limit: number;
  readonly after: string | undefined;
  readonly keep: (deal: StoredDeal) => boolean;
}

interface DealPage {
  readonly deals: StoredDeal[];
  readonly next: string | undefined;
}

/** Deals, newest first, by the narrowest way there is. */
export const listDeals = async (table: Reader, wanted: DealsWanted): Promise<DealPage> => {
  const { leadId, contactId, accountId, limit, after, keep } = wanted;
  if (leadId !== undefined) return dealsOfLead(table, leadId, wanted);
  if (contactId !== undefined) return dealsOfContact(table, contactId, wanted);
  const source =
    accountId !== undefined
      ? { index: 'gsi3' as const, partitions: [ofAccount(accountId)] }
      : { index: 'gsi1' as const, partitions: shardPartitions(allDeals) };
  const { items, next } = await table.list({
    ...source,
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
    keep: (item) => keep(storedDeal(item)),
  });
  return { deals: items.map(storedDeal), next };
};

const pageFrom = (found: readonly StoredDeal[], limit: number, position: string | undefined): DealPage => {
  const deals = found.slice(0, limit);
  return { deals, next: found.length > limit ? deals.at(-1)?.deal.id : position };
};

const dealsOfLead = async (table: Reader, leadId: string, { limit, after, keep }: DealsWanted): Promise<DealPage> => {
  const ids = (await dealIdsOf(table, leadId)).filter((id) => after === undefined || id < after);
  const found: StoredDeal[] = [];
  for (let i = 0; i < ids.length && found.length <= limit; i += mostKeysOfBatch) {
    found.push(...(await readDeals(table, ids.slice(i, i + mostKeysOfBatch))).filter(keep));
  }
  return pageFrom(found, limit, undefined);
};

/** Candidates that a filtered page looks at before it may come short. */
const budget = 1_000;

const dealsOfContact = async (table: Reader, contactId: string, { limit, after, keep }: DealsWanted): Promise<DealPage> => {
  const found: StoredDeal[] = [];
  let position = after;
  for (let looked = 0; looked < budget && found.length <= limit; ) {
    const { ids, next } = await dealIdsOfContact(table, contactId, { limit: Math.min(limit + 1, mostKeysOfBatch), after: position });
    found.push(...(await readDeals(table, ids)).filter(keep));
    looked += ids.length;
    position = next;
    if (position === undefined) break;
  }
  return pageFrom(found, limit, position);
};

/** Ids of deals that name an account, newest first, as the index has them. */
export const dealIdsOfAccount = async (
  table: Reader,
  accountId: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly ids: string[]; readonly next: string | undefined }> => {
  const { items, more } = await table.query({
    partition: ofAccount(accountId),
    index: 'gsi3',
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  const ids = items.map(idOf);
  return { ids, next: more ? ids.at(-1) : undefined };
};

/** The open deals of a stage that came to it last. */
export const firstOfStage = async (table: Reader, stageId: string, limit: number): Promise<StoredDeal[]> => {
  const { items } = await table.query({ partition: openInStage(stageId), index: 'gsi2', descending: true, limit });
  return items.map(storedDeal);
};

/** Open deals of a stage that entered it before a time, in that order, after the given position; positions sort. */
export const enteredBefore = async (
  table: Reader,
  stageId: string,
  { before, after, limit }: { readonly before: string; readonly after: string | undefined; readonly limit: number },
): Promise<readonly { readonly dealId: string; readonly position: string }[]> => {
  const { items } = await table.query({
    partition: openInStage(stageId),
    index: 'gsi2',
    to: before,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return items.map((item) => ({ dealId: idOf(item), position: item.indexes?.gsi2?.sk ?? '' }));
};

/** All that was said of a deal, oldest first, strongly consistent. */
export const readEvents = async (table: Reader, dealId: string): Promise<unknown[]> =>
  (await readItems(table, { partition: dealCollection(dealId), prefix: eventPrefix })).map(({ data }) => data);

/** What happened to a deal, newest first. */
export const readTimeline = async (table: Reader, dealId: string, limit: number, after: string | undefined) => {
  const { items, more } = await table.query({
    partition: dealCollection(dealId),
    prefix: eventPrefix,
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return { items, next: more ? items.at(-1)?.sk : undefined };
};
