import { AccountRecord, accountRecordKey, ContactRecord, contactRecordKey } from '#contracts/records/account.ts';
import { LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipelineId, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';

/** Intake's record of a lead: the lead, `gone`, or nothing. */
export type FoundLead =
  | { readonly state: 'there'; readonly lead: LeadState; readonly sequence: number; readonly rev: number }
  | { readonly state: 'gone' }
  | { readonly state: 'unknown' };

const foundIn = (item: Item | undefined): FoundLead => {
  if (item === undefined) return { state: 'unknown' };
  const { lead, gone, sequence } = LeadRecord.parse(item.data);
  return lead === undefined || gone !== undefined ? { state: 'gone' } : { state: 'there', lead, sequence, rev: item.rev };
};

/** What intake knows of a lead by now. */
export const findLead = async (table: Reader, leadId: string): Promise<FoundLead> => foundIn(await table.get(leadRecordKey(leadId)));

/** Of several leads, in the order of the ids; at most 100. */
export const findLeads = async (table: Reader, leadIds: readonly string[]): Promise<FoundLead[]> =>
  (await table.getTogether(leadIds.map(leadRecordKey))).map(foundIn);

/** Holds a transaction to it that intake does not know the lead: what is kept for it is found when it comes. */
export const leadUnknown = (leadId: string): Write => ({ op: 'check', key: leadRecordKey(leadId), expect: 'absent' });

/** Holds a transaction to the lead as it was read: whoever deletes or changes it meanwhile makes us look again. */
export const leadUnchanged = (leadId: string, rev: number): Write => ({ op: 'check', key: leadRecordKey(leadId), expect: rev });

export const accountExists = async (table: Reader, accountId: string): Promise<boolean> => {
  const item = await table.get(accountRecordKey(accountId));
  return item !== undefined && AccountRecord.parse(item.data).gone === undefined;
};

export const contactExists = async (table: Reader, contactId: string): Promise<boolean> => {
  const item = await table.get(contactRecordKey(contactId));
  return item !== undefined && ContactRecord.parse(item.data).gone === undefined;
};

export const pipelineExists = async (table: Reader, pipelineId: string): Promise<boolean> => {
  if (pipelineId === defaultPipelineId) return true;
  const item = await table.get<{ readonly gone?: unknown }>(pipelineRecordKey(pipelineId));
  return item !== undefined && item.data.gone === undefined;
};
