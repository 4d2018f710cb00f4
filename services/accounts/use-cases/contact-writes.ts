import type { Contact } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import { accountUnchanged, count } from '../store/accounts.ts';
import { followAccount, takeEmail } from '../store/contacts.ts';
import { referencedAccount } from './referenced.ts';

/** A new address is taken, one it had before is its own already; all of them follow it to another account. */
export const lockWrites = (before: Contact, after: Contact): Write[] => {
  const held = new Set(heldEmails(before));
  const follows = before.accountId !== after.accountId;
  return heldEmails(after).flatMap((email) => {
    if (!held.has(email)) return [takeEmail(email, after)];
    return follows ? [followAccount(email, after)] : [];
  });
};

/** The counters of the accounts it left and joined; the joined one must be there still: 422. */
export const accountWrites = async (table: Reader, before: Contact, after: Contact): Promise<Write[]> => {
  const [left, joined] = [before.accountId, after.accountId];
  if (left === joined) return [];
  const present = joined === undefined ? undefined : await referencedAccount(table, joined, '/accountId');
  return [
    ...(left === undefined ? [] : [count(left, { contacts: -1 })]),
    ...(present === undefined ? [] : [accountUnchanged(present), count(present.account.id, { contacts: 1 })]),
  ];
};
