import { type LeadRecord, leadCollection, leadRecordKey } from '#contracts/records/lead.ts';
import { QualificationRecord, qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { LeadState, Touch } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { ListQuery, Page } from '#table/table.ts';
import { defined } from '../domain/lead.ts';

const list = partition('intake', 'leads');
const touchPrefix = 'touch#';

/** The record of a lead that is there. */
export interface LivingLead extends LeadRecord {
  readonly lead: LeadState;
}

/** The lead's record with its place in the list of leads. */
export const leadDraft = (record: LivingLead): Draft<LeadRecord> => ({
  ...leadRecordKey(record.lead.id),
  kind: 'lead',
  data: defined({ ...record }),
  indexes: { gsi1: { pk: shardPartition(list, record.lead.id), sk: `${record.lead.createdAt}#${record.lead.id}` } },
});

/** What stays of a deleted lead: that there was one, and the number of its last event. It is in no list. */
export const goneLeadDraft = (leadId: string, gone: NonNullable<LeadRecord['gone']>, sequence: number): Draft<LeadRecord> => ({
  ...leadRecordKey(leadId),
  kind: 'lead',
  data: { gone, sequence },
});

const isLiving = (item: Item<LeadRecord> | undefined): item is Item<LivingLead> => item?.data.lead !== undefined;

/** The lead's record, undefined when there is none or it is gone. */
export const readLead = async (table: Reader, leadId: string): Promise<Item<LivingLead> | undefined> => {
  const item = await table.get<LeadRecord>(leadRecordKey(leadId));
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

/** One capture of the lead; `number` counts its captures from 1. */
export const touchDraft = (leadId: string, number: number, touch: Touch): Draft<Touch> => ({
  pk: leadCollection(leadId),
  sk: `${touchPrefix}${touch.at}#${String(number).padStart(8, '0')}`,
  kind: 'touch',
  data: touch,
});

/** Touches of a lead, oldest first. */
export const listTouchItems = (table: Reader, leadId: string, page: { readonly limit: number; readonly after: string | undefined }) =>
  table.query<Touch>({
    partition: leadCollection(leadId),
    prefix: touchPrefix,
    limit: page.limit,
    ...(page.after === undefined ? {} : { after: page.after }),
  });
