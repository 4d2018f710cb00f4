import type { EventContract } from '#contracts/core/event.ts';
import { ContactRecord, contactCollection, contactRecordKey } from '#contracts/records/account.ts';
import type { Gone } from '#contracts/records/gone.ts';
import type { Contact } from '#contracts/resources/account.ts';
import { duplicate } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { readItems } from '#table/item-range.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { leavingsOf, timelineOf } from './timeline.ts';

/** A contact as read: while it is there. */
export interface StoredContact {
  readonly contact: Contact;
  readonly sequence: number;
  readonly rev: number;
  /** Contacts that were merged into it, and into those. */
  readonly mergedFrom: readonly string[];
}

/** Partitions of the list of all contacts (gsi1), sort key `<createdAt>#<id>`. */
const contactList = 'accounts#contacts';
export const contactListPartitions = shardPartitions(contactList);
/** Partition of the contacts of an account (gsi2), same sort key. */
export const accountContactsPartition = (accountId: string): string => partition('accounts', 'account-contacts', accountId);

const draft = (contact: Contact, sequence: number, mergedFrom: readonly string[]): Draft => {
  const sk = `${contact.createdAt}#${contact.id}`;
  return {
    ...contactRecordKey(contact.id),
    kind: 'contact',
    data: { contact, sequence, ...(mergedFrom.length === 0 ? {} : { mergedFrom }) },
    indexes: {
      gsi1: { pk: shardPartition(contactList, contact.id), sk },
      ...(contact.accountId === undefined ? {} : { gsi2: { pk: accountContactsPartition(contact.accountId), sk } }),
    },
  };
};

/** The contact of an item; undefined when there is none or it is gone. */
export const storedContact = (item: Item | undefined): StoredContact | undefined => {
  if (item === undefined) return undefined;
  const { contact, gone, sequence, mergedFrom = [] } = ContactRecord.parse(item.data);
  return contact === undefined || gone !== undefined ? undefined : { contact, sequence, rev: item.rev, mergedFrom };
};

export const readContact = async (table: Reader, contactId: string): Promise<StoredContact | undefined> =>
  storedContact(await table.get(contactRecordKey(contactId)));

export const createContactRecord = (contact: Contact): Write => ({ op: 'create', item: draft(contact, 1, []) });

/** The next state of a contact as it was read, of which one event is said. */
export const replaceContact = (contact: Contact, read: StoredContact): Write => ({
  op: 'replace',
  item: draft(contact, read.sequence + 1, read.mergedFrom),
  ifRev: read.rev,
});

/** Partition (gsi3) of deleted contacts by the address they had last: an erasure of the same person finds what their timelines tell. */
export const deletedContactsOf = (email: string): string => partition('accounts', 'deleted-contact', email);

/** What stays of a contact that is deleted, merged or erased: no word of it, and in no list. */
export const endContact = ({ contact: { id, email }, sequence, rev }: StoredContact, gone: Gone): Write => ({
  op: 'replace',
  item: {
    ...contactRecordKey(id),
    kind: 'contact',
    data: { gone, sequence: sequence + 1 },
    ...(gone.reason === 'deleted' && email !== undefined ? { indexes: { gsi3: { pk: deletedContactsOf(email), sk: id } } } : {}),
  },
  ifRev: rev,
});

/** Contacts that had the address when they were deleted, by that time at the latest. */
export const readDeletedContacts = async (table: Reader, email: string, until: string): Promise<string[]> => {
  const items = await readItems(table, { partition: deletedContactsOf(email), index: 'gsi3' });
  return items.flatMap(({ data, indexes }) => {
    const { gone } = ContactRecord.parse(data);
    return gone !== undefined && gone.at <= until && indexes?.gsi3 !== undefined ? [indexes.gsi3.sk] : [];
  });
};

/** What stays of a contact that was merged into an erased one, or is erased after it was deleted; nothing to write: that stands. */
export const eraseTombstone = ({ rev, data }: Item, contactId: string, at: string): Write[] => {
  const { gone, sequence } = ContactRecord.parse(data);
  if (gone?.reason === 'erased') return [];
  return [
    {
      op: 'replace',
      item: { ...contactRecordKey(contactId), kind: 'contact', data: { gone: { reason: 'erased', at }, sequence } },
      ifRev: rev,
    },
  ];
};

/** Holds a transaction to the contact as it was read. */
export const contactUnchanged = ({ contact, rev }: StoredContact): Write => ({
  op: 'check',
  key: contactRecordKey(contact.id),
  expect: rev,
});

/** An event about a contact: kept in its collection, listed in the timeline of its account and of the one that it left just now. */
export const contactEvent = (
  contract: EventContract,
  contact: Contact,
  sequence: number,
  data: Readonly<Record<string, unknown>> = {},
  left?: string,
): EventDraft => ({
  contract,
  collection: contactCollection(contact.id),
  subject: contact.id,
  sequence,
  data: { contact, ...data },
  lists: {
    ...(contact.accountId === undefined ? {} : { gsi1: timelineOf(contact.accountId) }),
    ...(left === undefined ? {} : { gsi2: leavingsOf(left) }),
  },
});

/** Who holds an address, present or former; `accountId` as in the contact's record, which saves a conversion one read. */
export interface EmailHolder {
  readonly contactId: string;
  readonly accountId?: string | undefined;
}

export const emailKey = (email: string): Key => ({ pk: partition('accounts', 'contact-email', email), sk: 'lock' });

const emailLock = (email: string, { id, accountId }: Contact): Draft<EmailHolder> => ({
  ...emailKey(email),
  kind: 'contact-email',
  data: { contactId: id, ...(accountId === undefined ? {} : { accountId }) },
});

const heldByAnother = (standing: Item | undefined): Error | undefined => {
  const holder = standing?.data;
  return typeof holder === 'object' && holder !== null && 'contactId' in holder && typeof holder.contactId === 'string'
    ? duplicate(holder.contactId, 'Another contact has that e-mail address, or had it.')
    : undefined;
};

/** Takes an address for a contact; 409 with the holder's id when another has it. */
export const takeEmail = (email: string, contact: Contact): Write => ({
  op: 'create',
  item: emailLock(email, contact),
  refuse: heldByAnother,
});

/** Takes an address that nobody held when it was looked for; looks again when that has changed. */
export const takeFreeEmail = (email: string, contact: Contact): Write => ({ op: 'create', item: emailLock(email, contact) });

/** Gives an address back, when its contact ends. */
export const freeEmail = (email: string): Write => ({ op: 'delete', key: emailKey(email) });

/** What a contact's own locks say follows its record, whose condition guards them. */
export const followAccount = (email: string, contact: Contact): Write => ({ op: 'put', item: emailLock(email, contact) });

export const readHolder = async (table: Reader, email: string): Promise<EmailHolder | undefined> =>
  (await table.get<EmailHolder>(emailKey(email)))?.data;
