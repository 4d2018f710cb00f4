import * as z from 'zod/mini';
import type { EventContract } from '#contracts/core/event.ts';
import { accountRecordKey, contactCollection, contactRecordKey } from '#contracts/records/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { eventPrefix, partition } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import type { Claims } from '../domain/matching.ts';
import { readAccount, type StoredAccount, storedAccount } from './accounts.ts';
import { claimKeys } from './claims.ts';
import { type EmailHolder, emailKey, readContact, type StoredContact, storedContact } from './contacts.ts';
import { mergedInto, survivingAccount, survivingContact } from './survivors.ts';
import { timelineOf } from './timeline.ts';

const kind = 'conversion';

/**
 * How a lead's conversion stands. `askedBy` is the number of the LeadQualified that it answers, `sequence` that of our last event about
 * the lead.
 */
const Conversion = z.object({
  status: z.enum(['done', 'failed', 'erased']),
  askedBy: z.int(),
  sequence: z.int(),
  contactId: z.optional(z.string()),
  accountId: z.optional(z.string()),
});
export type Conversion = z.infer<typeof Conversion>;

const collection = (leadId: string): string => partition('accounts', 'conversion', leadId);
const conversionKey = (leadId: string): Key => ({ pk: collection(leadId), sk: 'record' });

/** The record of a conversion; as the guard of the transaction that converts, it makes it happen once. */
export const conversionDraft = (leadId: string, conversion: Conversion): Draft => ({ ...conversionKey(leadId), kind, data: conversion });

export const saveConversion = (leadId: string, conversion: Conversion, rev: number | undefined): Write => {
  const item = conversionDraft(leadId, conversion);
  return rev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: rev };
};

/** An event about the lead's conversion: kept with the contact it came to and listed in the account's timeline, else with the conversion. */
export const conversionEvent = (
  contract: EventContract,
  leadId: string,
  sequence: number,
  data: unknown,
  came?: { readonly contactId: string; readonly accountId: string },
): EventDraft => ({
  contract,
  collection: came === undefined ? collection(leadId) : contactCollection(came.contactId),
  subject: leadId,
  sequence,
  data,
  ...(came === undefined ? {} : { lists: { gsi1: timelineOf(came.accountId) } }),
});

/** Everything that the first read of a conversion brings. */
export interface Lookup {
  readonly conversion: (Conversion & { readonly rev: number }) | undefined;
  readonly holder: EmailHolder | undefined;
  /** The contact and account named by the caller, or their survivors; undefined when not named or gone. */
  readonly givenContact: StoredContact | undefined;
  readonly givenAccount: StoredAccount | undefined;
  /** Claims to the wanted domain and name, with their keys. */
  readonly claims: readonly { readonly by: 'domain' | 'name'; readonly key: Key; readonly item: Item | undefined }[];
}

export interface LookupKeys {
  readonly leadId: string;
  readonly email: string | undefined;
  readonly contactId: string | undefined;
  readonly accountId: string | undefined;
  readonly wanted: Claims;
}

const contactAt = async (table: Reader, item: Item | undefined): Promise<StoredContact | undefined> => {
  const into = mergedInto(item);
  if (into === undefined) return storedContact(item);
  const survivor = await survivingContact(table, into);
  return survivor === undefined ? undefined : readContact(table, survivor);
};

const accountAt = async (table: Reader, item: Item | undefined): Promise<StoredAccount | undefined> => {
  const into = mergedInto(item);
  if (into === undefined) return storedAccount(item);
  const survivor = await survivingAccount(table, into);
  return survivor === undefined ? undefined : readAccount(table, survivor);
};

/** One read: how the conversion stands, who holds the e-mail, what was given, who has the domain and the name. (More for what was merged.) */
export const lookUp = async (table: Reader, { leadId, email, contactId, accountId, wanted }: LookupKeys): Promise<Lookup> => {
  const claimed = (['domain', 'name'] as const).flatMap((by) => claimKeys({ [by]: wanted[by] }).map((key) => ({ by, key })));
  const named = [
    conversionKey(leadId),
    ...(email === undefined ? [] : [emailKey(email)]),
    ...(contactId === undefined ? [] : [contactRecordKey(contactId)]),
    ...(accountId === undefined ? [] : [accountRecordKey(accountId)]),
    ...claimed.map(({ key }) => key),
  ];
  const items = await table.getMany(named);
  const found = new Map(items.flatMap((item) => (item === undefined ? [] : [[item.pk, item] as const])));
  const at = (key: Key | undefined): Item | undefined => (key === undefined ? undefined : found.get(key.pk));
  const conversion = at(conversionKey(leadId));
  const holder = email === undefined ? undefined : at(emailKey(email));
  return {
    conversion: conversion === undefined ? undefined : { ...Conversion.parse(conversion.data), rev: conversion.rev },
    holder: holder === undefined ? undefined : Holder.parse(holder.data),
    givenContact: contactId === undefined ? undefined : await contactAt(table, at(contactRecordKey(contactId))),
    givenAccount: accountId === undefined ? undefined : await accountAt(table, at(accountRecordKey(accountId))),
    claims: claimed.map(({ by, key }) => ({ by, key, item: at(key) })),
  };
};

const Holder = z.object({ contactId: z.string(), accountId: z.optional(z.string()) });

/** What a lead was converted into, if it was. */
export const readConversion = async (table: Reader, leadId: string): Promise<Conversion | undefined> => {
  const item = await table.get(conversionKey(leadId));
  return item === undefined ? undefined : Conversion.parse(item.data);
};

/** Where events of a conversion are that came to nobody. */
export const conversionRange = (leadId: string): ItemRange => ({ partition: collection(leadId), prefix: eventPrefix });

/** What a lead of an erased person was converted into, and the tombstone in its place: it is converted no more. Nothing to write: that stands. */
export const endConversion = async (
  table: Reader,
  leadId: string,
): Promise<{ readonly came: Pick<Conversion, 'contactId' | 'accountId'>; readonly writes: readonly Write[] }> => {
  const item = await table.get(conversionKey(leadId));
  const before = item === undefined ? undefined : Conversion.parse(item.data);
  const { contactId, accountId } = before ?? {};
  const came = { ...(contactId === undefined ? {} : { contactId }), ...(accountId === undefined ? {} : { accountId }) };
  if (before?.status === 'erased') return { came, writes: [] };
  const { askedBy = 0, sequence = 0 } = before ?? {};
  return { came, writes: [saveConversion(leadId, { ...came, status: 'erased', askedBy, sequence }, item?.rev)] };
};

/** Holds a transaction to a lead's not being converted meanwhile. */
export const notConverted = async (table: Reader, leadId: string): Promise<Write> => {
  const item = await table.get(conversionKey(leadId));
  return { op: 'check', key: conversionKey(leadId), expect: item?.rev ?? 'absent' };
};

/** An account that comes into question, or what it was merged into; `account` is undefined when it is gone. */
export interface Candidate {
  readonly id: string;
  readonly account: StoredAccount | undefined;
}

/** The second read of a conversion: the contact that was found, and the accounts that come into question, in their order. */
export const readFound = async (
  table: Reader,
  contactId: string | undefined,
  accountIds: readonly string[],
): Promise<{ readonly contact: StoredContact | undefined; readonly candidates: readonly Candidate[] }> => {
  const contactKeys = contactId === undefined ? [] : [contactRecordKey(contactId)];
  const keys = [...contactKeys, ...accountIds.map(accountRecordKey)];
  if (keys.length === 0) return { contact: undefined, candidates: [] };
  const items = await table.getMany(keys);
  const accounts = items.slice(contactKeys.length);
  return {
    contact: contactId === undefined ? undefined : storedContact(items[0]),
    candidates: await Promise.all(accountIds.map(async (id, i) => ({ id, account: await accountAt(table, accounts[i]) }))),
  };
};
