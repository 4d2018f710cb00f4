import * as z from 'zod/mini';
import type { EventContract } from '#contracts/core/event.ts';
import { accountRecordKey, contactCollection, contactRecordKey } from '#contracts/records/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import type { Claims } from '../domain/matching.ts';
import { type StoredAccount, storedAccount } from './accounts.ts';
import { claimKeys } from './claims.ts';
import { type EmailHolder, emailKey, type StoredContact, storedContact } from './contacts.ts';

const kind = 'conversion';

/**
 * How a lead's conversion stands. `askedBy` is the number of the LeadQualified that it answers, `sequence` that of our last event about
 * the lead.
 */
const Conversion = z.object({
  status: z.enum(['done', 'failed']),
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

/** An event about the lead's conversion: kept with the contact it made, else with the conversion. */
export const conversionEvent = (
  contract: EventContract,
  leadId: string,
  sequence: number,
  data: unknown,
  contactId?: string,
): EventDraft => ({
  contract,
  collection: contactId === undefined ? collection(leadId) : contactCollection(contactId),
  subject: leadId,
  sequence,
  data,
});

/** Everything that the first read of a conversion brings. */
export interface Lookup {
  readonly conversion: (Conversion & { readonly rev: number }) | undefined;
  readonly holder: EmailHolder | undefined;
  /** The contact and account named by the caller; undefined when not named or gone. */
  readonly givenContact: StoredContact | undefined;
  readonly givenAccount: StoredAccount | undefined;
  /** Claims to the wanted domain and name, with their keys, in this order. */
  readonly claims: readonly { readonly key: Key; readonly item: Item | undefined }[];
}

export interface LookupKeys {
  readonly leadId: string;
  readonly email: string | undefined;
  readonly contactId: string | undefined;
  readonly accountId: string | undefined;
  readonly wanted: Claims;
}

/** One read: how the conversion stands, who holds the e-mail, what was given, who has the domain and the name. */
export const lookUp = async (table: Reader, { leadId, email, contactId, accountId, wanted }: LookupKeys): Promise<Lookup> => {
  const claimed = claimKeys(wanted);
  const named = [
    conversionKey(leadId),
    ...(email === undefined ? [] : [emailKey(email)]),
    ...(contactId === undefined ? [] : [contactRecordKey(contactId)]),
    ...(accountId === undefined ? [] : [accountRecordKey(accountId)]),
    ...claimed,
  ];
  const items = await table.getMany(named);
  const found = new Map(items.flatMap((item) => (item === undefined ? [] : [[item.pk, item] as const])));
  const at = (key: Key | undefined): Item | undefined => (key === undefined ? undefined : found.get(key.pk));
  const conversion = at(conversionKey(leadId));
  const holder = email === undefined ? undefined : at(emailKey(email));
  return {
    conversion: conversion === undefined ? undefined : { ...Conversion.parse(conversion.data), rev: conversion.rev },
    holder: holder === undefined ? undefined : Holder.parse(holder.data),
    givenContact: contactId === undefined ? undefined : storedContact(at(contactRecordKey(contactId))),
    givenAccount: accountId === undefined ? undefined : storedAccount(at(accountRecordKey(accountId))),
    claims: claimed.map((key) => ({ key, item: at(key) })),
  };
};

const Holder = z.object({ contactId: z.string(), accountId: z.optional(z.string()) });

/** The second read of a conversion: the contact that was found, and the accounts that come into question, in their order. */
export const readFound = async (
  table: Reader,
  contactId: string | undefined,
  accountIds: readonly string[],
): Promise<{ readonly contact: StoredContact | undefined; readonly accounts: readonly StoredAccount[] }> => {
  const contactKeys = contactId === undefined ? [] : [contactRecordKey(contactId)];
  const keys = [...contactKeys, ...accountIds.map(accountRecordKey)];
  if (keys.length === 0) return { contact: undefined, accounts: [] };
  const items = await table.getMany(keys);
  return {
    contact: contactId === undefined ? undefined : storedContact(items[0]),
    accounts: items.slice(contactKeys.length).flatMap((item) => storedAccount(item) ?? []),
  };
};
