import * as z from 'zod/mini';
import { AccountRecord, accountRecordKey, ContactRecord, contactRecordKey } from '#contracts/records/account.ts';
import { LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Key } from '#table/item.ts';
import { accountRecipient, contactRecipient, leadRecipient, type Parties, type Recipient } from '../domain/letterhead.ts';
import { survivorOf } from './survivors.ts';

/** The data of a record, or of the one that it was merged into; undefined when it is no more. */
const surviving = async (table: Reader, keyOf: (id: string) => Key, id: string): Promise<unknown> =>
  (await survivorOf(table, keyOf, id))?.item?.data;

/** The account, or what it was merged into; undefined when it is no more. */
export const readAccount = async (table: Reader, accountId: string) => {
  const data = await surviving(table, accountRecordKey, accountId);
  return data === undefined ? undefined : z.parse(AccountRecord, data).account;
};

/** Name and address of the account if it is a company's: what a document freezes. */
export const readCompany = async (table: Reader, { accountId }: Parties): Promise<Recipient | undefined> => {
  const account = accountId === undefined ? undefined : await readAccount(table, accountId);
  return account?.kind === 'business' ? accountRecipient(account) : undefined;
};

const readContact = async (table: Reader, contactId: string): Promise<Recipient | undefined> => {
  const data = await surviving(table, contactRecordKey, contactId);
  const contact = data === undefined ? undefined : z.parse(ContactRecord, data).contact;
  return contact && contactRecipient(contact);
};

const readLead = async (table: Reader, leadId: string): Promise<Recipient | undefined> => {
  const data = await surviving(table, leadRecordKey, leadId);
  const lead = data === undefined ? undefined : z.parse(LeadRecord, data).lead;
  return lead && leadRecipient(lead);
};

/**
 * Whom a document is addressed to: the account (as it was, where that is frozen) for the attention of the first contact; without an account the contact;
 * without either the lead. Nobody when all of them are gone.
 */
export const readRecipient = async (table: Reader, parties: Parties, frozen: Recipient | undefined): Promise<Recipient | undefined> => {
  const [contactId] = parties.contactIds;
  const [account, contact] = await Promise.all([
    frozen ??
      (parties.accountId === undefined ? undefined : readAccount(table, parties.accountId).then((read) => read && accountRecipient(read))),
    contactId === undefined ? undefined : readContact(table, contactId),
  ]);
  if (account) {
    const attention = contact && contact.name !== account.name ? [contact.name] : [];
    return { name: account.name, lines: [...attention, ...account.lines] };
  }
  return contact ?? (parties.leadId === undefined ? undefined : readLead(table, parties.leadId));
};
