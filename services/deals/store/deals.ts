import * as z from 'zod/mini';
import { DealState } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { eventPrefix, partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import type { Change, DealRecord } from '../domain/deal.ts';
import { counterWrites } from './counters.ts';
import { dealIdsOf, linkWrites } from './lead-deals.ts';
import { KeptLine, keptLine, lineOf } from './line-items.ts';

/** A deal as read, with the rev that the next write is held to. */
export interface StoredDeal extends DealRecord {
  readonly rev: number;
}

export const dealCollection = (dealId: string): string => partition('deals', 'deal', dealId);
const recordKey = (dealId: string): Key => ({ pk: dealCollection(dealId), sk: 'record' });

const allDeals = partition('deals', 'deals');
const openInStage = (stageId: string): string => partition('deals', 'stage', stageId);
const ofAccount = (accountId: string): string => partition('deals', 'account', accountId);

/**
 * A deal's item. Ids hold the time of creation, so they alone sort the lists; only what differs from the usual is kept, so that an ordinary
 * deal stays under the 1 KB that a write is charged for, three indexes included.
 */
const dealItem = ({ deal, sequence, visited }: DealRecord): Draft => {
  const { id, lineItems, ...kept } = deal;
  return {
    ...recordKey(id),
    kind: 'deal',
    data: {
      ...kept,
      sequence,
      ...(lineItems.length === 0 ? {} : { lines: lineItems.map(keptLine) }),
      ...(Object.keys(visited).length === 0 ? {} : { visited }),
    },
    indexes: {
      gsi1: { pk: shardPartition(allDeals, id), sk: id },
      ...(deal.status === 'open' ? { gsi2: { pk: openInStage(deal.stageId), sk: id } } : {}),
      ...(deal.accountId === undefined ? {} : { gsi3: { pk: ofAccount(deal.accountId), sk: id } }),
    },
  };
};

const Kept = z.object({
  ...z.omit(DealState, { lineItems: true }).shape,
  id: z.optional(z.string()),
  lines: z._default(z.array(KeptLine), []),
  sequence: z.int(),
  visited: z._default(z.record(z.string(), z.array(z.string())), {}),
});

const storedDeal = (item: Item): StoredDeal => {
  const { sequence, visited, lines, id = item.pk.slice(item.pk.lastIndexOf('#') + 1), ...kept } = z.parse(Kept, item.data);
  // With line items there is an amount, their sum, in their currency.
  const lineItems = lines.map((line) => lineOf(line, kept.amount?.currency ?? ''));
  return { deal: { id, ...kept, lineItems }, sequence, visited, rev: item.rev };
};

export const readDeal = async (table: Reader, dealId: string): Promise<StoredDeal | undefined> => {
  const item = await table.get(recordKey(dealId));
  return item && storedDeal(item);
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
    ],
    events: facts.map(({ contract, data }, i) => {
      const { lineItems: _lines, ...header } = data.deal;
      return { contract, data: { ...data, deal: header }, collection: dealCollection(id), subject: id, sequence: first + i };
    }),
  };
};

export interface DealsWanted {
  readonly leadId?: string | undefined;
  readonly accountId?: string | undefined;
  /** Of open deals only. */
  readonly stageId?: string | undefined;
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
  const { leadId, accountId, stageId, limit, after, keep } = wanted;
  if (leadId !== undefined) return dealsOfLead(table, leadId, wanted);
  const source =
    accountId !== undefined
      ? { index: 'gsi3' as const, partitions: [ofAccount(accountId)] }
      : stageId !== undefined
        ? { index: 'gsi2' as const, partitions: [openInStage(stageId)] }
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

const mostKeysOfBatch = 100;

const dealsOfLead = async (table: Reader, leadId: string, { limit, after, keep }: DealsWanted): Promise<DealPage> => {
  const ids = (await dealIdsOf(table, leadId)).filter((id) => after === undefined || id < after);
  const found: StoredDeal[] = [];
  for (let i = 0; i < ids.length && found.length <= limit; i += mostKeysOfBatch) {
    const items = await table.getMany(ids.slice(i, i + mostKeysOfBatch).map(recordKey));
    found.push(...items.flatMap((item) => (item ? [storedDeal(item)] : [])).filter(keep));
  }
  const deals = found.slice(0, limit);
  return { deals, next: found.length > limit ? deals.at(-1)?.deal.id : undefined };
};

/** The newest open deals of a stage. */
export const firstOfStage = async (table: Reader, stageId: string, limit: number): Promise<StoredDeal[]> => {
  const { items } = await table.query({ partition: openInStage(stageId), index: 'gsi2', descending: true, limit });
  return items.map(storedDeal);
};

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
