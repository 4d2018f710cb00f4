import { leadCollection } from '#contracts/records/lead.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { matchKeysOf } from '../domain/matching.ts';

/** Where leads with a phone number stand in gsi3. The lead's record itself is the entry. */
export const phonePartition = (e164: string): string => partition('intake', 'phone', e164);

const personPartition = (name: string, company: string): string => partition('intake', 'person', name, company);

const matchKey = (leadId: string) => ({ pk: leadCollection(leadId), sk: 'match#name' });

const leadOf = (pk: string): string => pk.slice(pk.lastIndexOf('#') + 1);

/**
 * Keeps the entry by which a lead is found by name and company: a small item in gsi3, for the record can stand in an index only once.
 * Nothing is written when it stays as it is.
 */
export const matchWrites = (leadId: string, before: LeadState | undefined, after: LeadState | undefined): Write[] => {
  const old = before === undefined ? undefined : matchKeysOf(before).nameAndCompany;
  const next = after === undefined ? undefined : matchKeysOf(after).nameAndCompany;
  if (old?.[0] === next?.[0] && old?.[1] === next?.[1]) return [];
  if (next === undefined) return [{ op: 'delete', key: matchKey(leadId) }];
  const item = { ...matchKey(leadId), kind: 'match', data: {}, indexes: { gsi3: { pk: personPartition(...next), sk: leadId } } };
  // Held to the lead's own revision, which every transaction that changes a lead checks.
  return [{ op: 'put', item }];
};

const idsIn = async (table: Reader, partitionKey: string, limit: number): Promise<string[]> => {
  const { items } = await table.query({ partition: partitionKey, index: 'gsi3', descending: true, limit });
  return items.map(({ pk }) => leadOf(pk));
};

/** Leads with that phone number, newest first, at most `limit`. */
export const leadsWithPhone = (table: Reader, e164: string, limit: number): Promise<string[]> => idsIn(table, phonePartition(e164), limit);

/** Leads with that folded name and company, newest first, at most `limit`. */
export const leadsNamed = (table: Reader, [name, company]: readonly [string, string], limit: number): Promise<string[]> =>
  idsIn(table, personPartition(name, company), limit);

const contactKey = (e164: string) => ({ pk: phonePartition(e164), sk: 'contact' });

/** The contact that is known by a phone number from now on. */
export const contactPhoneWrite = (e164: string, contactId: string): Write => ({
  op: 'put',
  item: { ...contactKey(e164), kind: 'contact-phone', data: { contactId } },
});

/** The contact that was last said to have the number; whether it still has, its record tells. */
export const contactWithPhone = async (table: Reader, e164: string): Promise<string | undefined> =>
  (await table.get<{ readonly contactId: string }>(contactKey(e164)))?.data.contactId;
