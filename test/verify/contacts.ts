import { heldEmails } from '#services/accounts/domain/contact.ts';
import { followAccount, storedContact } from '#services/accounts/store/contacts.ts';
import type { Item } from '#table/item.ts';
import { type Difference, differencesOfLocks, itemsOf } from './differences.ts';

/** Locks of e-mail addresses that are not those of the contacts that have or had them, each with the contact's account. */
export const differencesOfContactEmails = (items: readonly Item[]): Difference[] => {
  const expected = items.flatMap((item) => {
    const stored = item.kind === 'contact' ? storedContact(item) : undefined;
    return stored === undefined ? [] : itemsOf(heldEmails(stored.contact).map((email) => followAccount(email, stored.contact)));
  });
  return differencesOfLocks(
    expected,
    items.filter(({ kind }) => kind === 'contact-email'),
  );
};
