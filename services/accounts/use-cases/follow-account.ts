import {
  AccountContactsMoved,
  type AccountDeleted,
  type AccountMerged,
  AccountUpdated,
  ContactUpdated,
} from '#contracts/events/accounts.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import {
  accountEvent,
  accountUnchanged,
  contactsLeft,
  count,
  furtherStep,
  readAccount,
  replaceAccount,
  type StoredAccount,
  storedAccount,
  subsidiariesPartition,
} from '../store/accounts.ts';
import {
  accountContactsPartition,
  contactEvent,
  followAccount,
  replaceContact,
  type StoredContact,
  storedContact,
} from '../store/contacts.ts';
import { survivingAccount } from '../store/survivors.ts';

const looked = 30;
/** Operations that a step spends on contacts; the rest is for counters, checks and the event. */
const mostOperations = 80;

/** The contacts that are still with the account, as many as one transaction takes. The index may tell of some that have gone on. */
const contactsOf = async (unit: UnitOfWork, accountId: string): Promise<StoredContact[]> => {
  const { items } = await unit.table.query({ partition: accountContactsPartition(accountId), index: 'gsi2', limit: looked });
  if (items.length === 0) return [];
  const present = await unit.table.getMany(items.map(({ pk, sk }) => ({ pk, sk })));
  const chosen: StoredContact[] = [];
  let operations = 0;
  for (const stored of present.map(storedContact)) {
    if (stored?.contact.accountId !== accountId) continue;
    // The record, its locks, and what is said of it.
    operations += 2 + heldEmails(stored.contact).length;
    if (chosen.length > 0 && operations > mostOperations) break;
    chosen.push(stored);
  }
  return chosen;
};

const subsidiariesOf = async (unit: UnitOfWork, accountId: string): Promise<StoredAccount[]> => {
  const { items } = await unit.table.query({ partition: subsidiariesPartition(accountId), index: 'gsi3', limit: looked });
  if (items.length === 0) return [];
  const present = await unit.table.getMany(items.map(({ pk, sk }) => ({ pk, sk })));
  return present.flatMap((item) => storedAccount(item) ?? []).filter(({ account }) => account.parentAccountId === accountId);
};

interface Step {
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
}

/** Contacts go to the survivor, which is no move of theirs; or they lose their account, which is remembered. */
const moveContacts = (contacts: readonly StoredContact[], from: string, to: string | undefined, now: string): Step => {
  const moved = contacts.map((read) => {
    const { accountId: _left, ...rest } = read.contact;
    const formerAccounts = to === undefined ? [...rest.formerAccounts, { accountId: from, until: now }] : rest.formerAccounts;
    return { read, contact: { ...rest, ...(to === undefined ? {} : { accountId: to }), formerAccounts, updatedAt: now } };
  });
  return {
    writes: [
      ...moved.flatMap(({ read, contact }) => [
        replaceContact(contact, read),
        ...heldEmails(contact).map((email) => followAccount(email, contact)),
      ]),
      count(from, { contacts: -moved.length }),
      ...(to === undefined ? [] : [count(to, { contacts: moved.length })]),
    ],
    events: moved.map(({ read, contact }) => contactEvent(ContactUpdated, contact, read.sequence + 1, { changed: ['accountId'] })),
  };
};

const moveSubsidiaries = (below: readonly StoredAccount[], to: string | undefined, now: string): Step => {
  const moved = below.map((read) => {
    const { parentAccountId: _left, ...rest } = read.account;
    return { read, account: { ...rest, ...(to === undefined || to === rest.id ? {} : { parentAccountId: to }), updatedAt: now } };
  });
  return {
    writes: moved.map(({ read, account }) => replaceAccount(account, read)),
    events: moved.map(({ read, account }) => accountEvent(AccountUpdated, account, read.sequence + 1, { changed: ['parentAccountId'] })),
  };
};

/**
 * One step of a merge or deletion: some of the contacts, or when there are none left of the subsidiaries, go to the final survivor, or to
 * nobody. It is done when its event has led to a step that finds none.
 *
 * @throws {StaleRead} while the account counts contacts that the index does not tell of yet.
 */
const step = async (unit: UnitOfWork, from: string): Promise<void> => {
  const to = await survivingAccount(unit.table, from);
  const survivor = to === undefined ? undefined : await readAccount(unit.table, to);
  if (to !== undefined && survivor === undefined) throw new StaleRead('the survivor went meanwhile');
  const contacts = await contactsOf(unit, from);
  const below = contacts.length > 0 ? [] : await subsidiariesOf(unit, from);
  if (contacts.length + below.length === 0) {
    if ((await contactsLeft(unit.table, from)) > 0) throw new StaleRead('some contacts are not in the index yet');
    return;
  }
  const { writes, events } = contacts.length > 0 ? moveContacts(contacts, from, to, unit.now) : moveSubsidiaries(below, to, unit.now);
  const isWritten = below.some(({ account }) => account.id === to);
  const further = await furtherStep(unit.table, AccountContactsMoved, from, to);
  await unit.commit({
    writes: [...writes, ...(survivor === undefined || isWritten ? [] : [accountUnchanged(survivor)]), ...further.writes],
    events: [...events, ...further.events],
  });
};

export const followMerge: EventHandler<typeof AccountMerged> = (event, unit) => step(unit, event.data.sourceId);
export const followDeletion: EventHandler<typeof AccountDeleted> = (event, unit) => step(unit, event.data.account.id);
export const followFurther: EventHandler<typeof AccountContactsMoved> = (event, unit) => step(unit, event.data.from);
