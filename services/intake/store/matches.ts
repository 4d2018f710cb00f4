import { isDeepStrictEqual } from 'node:util';
import { leadCollection } from '#contracts/records/lead.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { IndexKeys } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { matchKeysOf } from '../domain/matching.ts';

const phonePartition = (e164: string): string => partition('intake', 'phone', e164);

const personPartition = (name: string, company: string): string => partition('intake', 'person', name, company);

const matchKey = (leadId: string) => ({ pk: leadCollection(leadId), sk: 'match' });

const leadOf = (pk: string): string => pk.slice(pk.lastIndexOf('#') + 1);

const indexesOf = (lead: LeadState | undefined, leadId: string): IndexKeys => {
  const { phone, nameAndCompany } = lead === undefined ? { phone: undefined, nameAndCompany: undefined } : matchKeysOf(lead);
  return {
    ...(phone === undefined ? {} : { gsi2: { pk: phonePartition(phone), sk: leadId } }),
    ...(nameAndCompany === undefined ? {} : { gsi3: { pk: personPartition(...nameAndCompany), sk: leadId } }),
  };
};

/**
 * Keeps the entry by which a lead is found by its phone (gsi2) and by its name and company (gsi3): an item of its own and small, so that
 * the record need not stand in two indexes more. Nothing is written when it stays as it is.
 */
export const matchWrites = (leadId: string, before: LeadState | undefined, after: LeadState | undefined): Write[] => {
  const indexes = indexesOf(after, leadId);
  if (isDeepStrictEqual(indexes, indexesOf(before, leadId))) return [];
  if (Object.keys(indexes).length === 0) return [{ op: 'delete', key: matchKey(leadId) }];
  // Without a condition of its own: every transaction that changes a lead is held to its record's revision.
  return [{ op: 'put', item: { ...matchKey(leadId), kind: 'match', data: {}, indexes } }];
};

const idsIn = async (table: Reader, index: 'gsi2' | 'gsi3', partitionKey: string, limit: number): Promise<string[]> => {
  const { items } = await table.query({ partition: partitionKey, index, descending: true, limit });
  return items.map(({ pk }) => leadOf(pk));
};

/** Leads with that phone number, newest first, at most `limit`. */
export const leadsWithPhone = (table: Reader, e164: string, limit: number): Promise<string[]> =>
  idsIn(table, 'gsi2', phonePartition(e164), limit);

/** Leads with that folded name and company, newest first, at most `limit`. */
export const leadsNamed = (table: Reader, [name, company]: readonly [string, string], limit: number): Promise<string[]> =>
  idsIn(table, 'gsi3', personPartition(name, company), limit);

const contactKey = (e164: string) => ({ pk: phonePartition(e164), sk: 'contact' });

/** The contact that is known by a phone number from now on. */
export const contactPhoneWrite = (e164: string, contactId: string): Write => ({
  op: 'put',
  item: { ...contactKey(e164), kind: 'contact-phone', data: { contactId } },
});

/** The contact that was last said to have the number; whether it still has, its record tells. */
export const contactWithPhone = async (table: Reader, e164: string): Promise<string | undefined> =>
  (await table.get<{ readonly contactId: string }>(contactKey(e164)))?.data.contactId;
