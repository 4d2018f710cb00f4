import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { Attribution, LeadRecord, leadCollection, leadRecordKey } from '#contracts/records/lead.ts';
import { QualificationRecord, qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { LeadState, Touch } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { readItems } from '#table/item-range.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { ListQuery, Page } from '#table/table.ts';
import type { Refusal, Write } from '#table/transaction.ts';
import { inOrder } from '../domain/canonical.ts';
import type { HolderCopy } from '../domain/identity.ts';

const list = partition('intake', 'leads');
const listByScore = partition('intake', 'scores');
const touchPrefix = 'touch#';

/** The record of a lead that is there. */
export interface LivingLead extends LeadRecord {
  readonly lead: LeadState;
}

/** Place in the list by score: the highest first, among equals the newest (ids grow with time). */
export const scorePosition = (score: number, leadId: string): string => `${String(Math.round(score * 10)).padStart(4, '0')}#${leadId}`;

/** What others' events change: a touch by a copy of the rest leaves it as it is, or is held to it. */
const apart: readonly (keyof LeadRecord)[] = ['standing', 'attribution', 'mergedFrom'];

// Compared as it is written, so always in one order.
const ordered = (attribution: Attribution): Attribution => inOrder(Object.keys(Attribution.shape), attribution);

/** The lead's record with its places in the list of leads by time and in that by score. */
export const leadDraft = (record: LivingLead): Draft<LeadRecord> => {
  const { id, createdAt } = record.lead;
  return {
    ...leadRecordKey(id),
    kind: 'lead',
    data: defined({ ...record, attribution: record.attribution && ordered(record.attribution) }),
    apart,
    indexes: {
      gsi1: { pk: shardPartition(list, id), sk: `${createdAt}#${id}` },
      // From its first score on, which is there within moments of its capture.
      ...(record.standing === undefined
        ? {}
        : { gsi2: { pk: shardPartition(listByScore, id), sk: scorePosition(record.standing.score, id) } }),
    },
  };
};

/** The next state of a lead of which this copy is known, where nothing that a copy has was changed since. */
export const amendLead = (copy: HolderCopy, next: LivingLead, refuse: Refusal): Write => ({
  op: 'amend',
  item: leadDraft(next),
  expect: { sequence: copy.sequence, attribution: copy.attribution && ordered(copy.attribution) },
  refuse,
});

/** Holds to it that qualification doesn't call the lead converted (a declared foreign read). */
export const notConverted = (leadId: string, refuse: Refusal): Write => ({
  op: 'check',
  key: qualificationRecordKey(leadId),
  expect: { without: 'converted' },
  refuse,
});

/** What stays of a deleted or merged lead: that there was one, and the number of its last event. It is in no list. */
export const goneLeadDraft = (leadId: string, gone: NonNullable<LeadRecord['gone']>, sequence: number): Draft<LeadRecord> => ({
  ...leadRecordKey(leadId),
  kind: 'lead',
  data: { gone, sequence },
});

const deletedWith = (email: string): string => partition('intake', 'deleted', email);

/** What stays of a deleted lead. By the address it had (gsi3) an erasure of the same person finds what its timeline and its submissions tell. */
export const deletedLeadDraft = ({ id, email }: LeadState, at: string, sequence: number): Draft<LeadRecord> => ({
  ...goneLeadDraft(id, { reason: 'deleted', at }, sequence),
  ...(email === undefined ? {} : { indexes: { gsi3: { pk: deletedWith(email), sk: id } } }),
});

/** Leads that had the address when they were deleted, by that time at the latest. */
export const readDeletedLeads = async (table: Reader, email: string, until: string): Promise<string[]> => {
  const items = await readItems(table, { partition: deletedWith(email), index: 'gsi3' });
  return items.flatMap(({ data, indexes }) => {
    const { gone } = z.parse(LeadRecord, data);
    return gone !== undefined && gone.at <= until && indexes?.gsi3 !== undefined ? [indexes.gsi3.sk] : [];
  });
};

export const isLiving = (item: Item<LeadRecord> | undefined): item is Item<LivingLead> => item?.data.lead !== undefined;

/** The record of a lead that is there, of an item that came with a refusal. */
export const livingLeadOf = (item: Item): Item<LivingLead> | undefined => {
  const { success, data } = LeadRecord.safeParse(item.data);
  const read = success ? { ...item, data } : undefined;
  return isLiving(read) ? read : undefined;
};

/** What stays of an erased lead: that there was one, when, and where it came from. */
export const erasedLeadDraft = (leadId: string, at: string, sequence: number, remains?: LeadRecord['remains']): Draft<LeadRecord> => ({
  ...leadRecordKey(leadId),
  kind: 'lead',
  data: defined({ gone: { reason: 'erased' as const, at }, sequence, remains }),
});

/** The lead's record, undefined when there is none or it is gone. */
export const readLead = async (table: Reader, leadId: string): Promise<Item<LivingLead> | undefined> => {
  const item = await readLeadRecord(table, leadId);
  return isLiving(item) ? item : undefined;
};

/** Qualification's record of a lead (a declared foreign read): its revision and what intake may rely on. */
export const readQualification = async (
  table: Reader,
  leadId: string,
): Promise<{ readonly rev: number | undefined; readonly record: QualificationRecord | undefined }> => {
  const item = await table.get(qualificationRecordKey(leadId));
  const record = QualificationRecord.safeParse(item?.data);
  return { rev: item?.rev, record: record.success ? record.data : undefined };
};

/** What is left of a lead that is gone; undefined when it is there, or never was. */
export const goneOf = (item: Item<LeadRecord> | undefined): LeadRecord['gone'] =>
  item?.data.lead === undefined ? item?.data.gone : undefined;

/** The lead's record, also of one that is gone. */
export const readLeadRecord = (table: Reader, leadId: string): Promise<Item<LeadRecord> | undefined> =>
  table.get<LeadRecord>(leadRecordKey(leadId));

/** Records of leads in the order of their ids, at most 100; undefined for what is not there or gone. */
export const readLeads = async (table: Reader, leadIds: readonly string[]): Promise<(Item<LivingLead> | undefined)[]> =>
  (await table.getMany<LeadRecord>(leadIds.map(leadRecordKey))).map((item) => (isLiving(item) ? item : undefined));

/** A page of leads that have been scored, highest score first, the newest first among equals. */
export const listLeadItemsByScore = (
  table: Reader,
  query: Pick<ListQuery<LivingLead>, 'limit' | 'after' | 'keep'>,
): Promise<Page<LivingLead>> =>
  table.list<LivingLead>({ ...query, partitions: shardPartitions(listByScore), index: 'gsi2', descending: true });

/** A page of leads by their time of creation. Bounds are exclusive times. */
export const listLeadItems = (
  table: Reader,
  query: Pick<ListQuery<LivingLead>, 'descending' | 'limit' | 'after' | 'keep'> & {
    readonly createdAfter?: string | undefined;
    readonly createdBefore?: string | undefined;
  },
): Promise<Page<LivingLead>> => {
  const { createdAfter, createdBefore, ...rest } = query;
  return table.list<LivingLead>({
    ...rest,
    partitions: shardPartitions(list),
    index: 'gsi1',
    // `~` sorts after every `#<id>`, so leads of that very millisecond are left out.
    ...(createdAfter === undefined ? {} : { from: `${createdAfter}~` }),
    ...(createdBefore === undefined ? {} : { to: createdBefore }),
  });
};

// With the end of the lead's id, so that touches of leads that were merged have an order of their own.
export const touchKey = (leadId: string, at: string, number: number): Key => ({
  pk: leadCollection(leadId),
  sk: `${touchPrefix}${at}#${String(number).padStart(8, '0')}#${leadId.slice(-6)}`,
});

/** One capture of the lead; `number` counts its captures from 1. */
export const touchDraft = (leadId: string, number: number, touch: Touch): Draft<Touch> => ({
  ...touchKey(leadId, touch.at, number),
  kind: 'touch',
  data: touch,
});

/** Touches of a lead and of those merged into it, oldest first. */
export const listTouchItems = (
  table: Reader,
  leadIds: readonly string[],
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<Page<Touch>> =>
  table.list<Touch>({
    partitions: leadIds.map(leadCollection),
    descending: false,
    prefix: touchPrefix,
    limit: page.limit,
    ...(page.after === undefined ? {} : { after: page.after }),
  });
