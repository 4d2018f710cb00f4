import { isDeepStrictEqual } from 'node:util';
import type { LeadState, Touch } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, IndexKeys } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { matchKeysOf } from '../domain/matching.ts';
import { touchDraft, touchKey } from './leads.ts';

const phonePartition = (e164: string): string => partition('intake', 'phone', e164);

const personPartition = (name: string, company: string): string => partition('intake', 'person', name, company);

const leadOf = (pk: string): string => pk.slice(pk.lastIndexOf('#') + 1);

/**
 * The index entries by which a lead is found: by its phone (gsi2), and by its name and company (gsi3). Its first touch carries them, which is
 * small and hardly ever written again, so that they cost two write units and the record stands in no more indexes.
 */
const matchIndexes = (lead: LeadState | undefined, leadId: string): IndexKeys => {
  const { phone, nameAndCompany } = lead === undefined ? { phone: undefined, nameAndCompany: undefined } : matchKeysOf(lead);
  return {
    ...(phone === undefined ? {} : { gsi2: { pk: phonePartition(phone), sk: leadId } }),
    ...(nameAndCompany === undefined ? {} : { gsi3: { pk: personPartition(...nameAndCompany), sk: leadId } }),
  };
};

/** The first touch of a new lead, with what it is found by. */
export const firstTouchDraft = (lead: LeadState, touch: Touch): Draft<Touch> => ({
  ...touchDraft(lead.id, 1, touch),
  indexes: matchIndexes(lead, lead.id),
});

/** Keeps what a lead is found by as it changes, or (`after` undefined) goes. Nothing is read or written when that stays as it is. */
export const matchWrites = async (table: Reader, before: LeadState, after: LeadState | undefined): Promise<Write[]> => {
  const { id, createdAt } = before;
  const indexes = matchIndexes(after, id);
  if (isDeepStrictEqual(indexes, matchIndexes(before, id))) return [];
  const key = touchKey(id, createdAt, 1);
  const first = await table.get<Touch>(key);
  if (first === undefined) throw new TypeError(`the first touch of ${id} is missing`);
  // Without a condition of its own: every transaction that changes a lead is held to its record's revision.
  return [{ op: 'put', item: { ...key, kind: first.kind, data: first.data, indexes } }];
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

/** Nobody is known by the number any more. */
export const forgetContactPhone = (e164: string): Write => ({ op: 'delete', key: contactKey(e164) });

/** The contact that was last said to have the number; whether it still has, its record tells. */
export const contactWithPhone = async (table: Reader, e164: string): Promise<string | undefined> =>
  (await table.get<{ readonly contactId: string }>(contactKey(e164)))?.data.contactId;
