import { type Answer, movedPermanently } from '#runtime/answer.ts';
import { merged, notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { readShownAccount, type ShownAccount, type StoredAccount } from '../store/accounts.ts';
import { readContact, type StoredContact } from '../store/contacts.ts';
import { survivingAccount, survivingContact } from '../store/survivors.ts';

const noAccount = () => notFound('There is no such account.');
const noContact = () => notFound('There is no such contact.');

/** The account that a path names, to be changed. Refuses one that is not there (404) and a merged one (409 with the survivor). */
export const accountToChange = async (table: Reader, id: string): Promise<StoredAccount & ShownAccount> => {
  const found = await readShownAccount(table, id);
  if (found !== undefined) return found;
  const survivor = await survivingAccount(table, id);
  throw survivor === undefined ? noAccount() : merged(survivor);
};

/** The contact that a path names, to be changed. Refuses one that is not there (404) and a merged one (409 with the survivor). */
export const contactToChange = async (table: Reader, id: string): Promise<StoredContact> => {
  const found = await readContact(table, id);
  if (found !== undefined) return found;
  const survivor = await survivingContact(table, id);
  throw survivor === undefined ? noContact() : merged(survivor);
};

/** Where to read about an account that is not at this id: at its survivor's, 301. Refuses one that is gone: 404. */
export const accountElsewhere = async (table: Reader, id: string, rest = ''): Promise<Answer> => {
  const survivor = await survivingAccount(table, id);
  if (survivor === undefined) throw noAccount();
  return movedPermanently(`/v1/accounts/${survivor}${rest}`);
};

/** Where to read about a contact that is not at this id: at its survivor's, 301. Refuses one that is gone: 404. */
export const contactElsewhere = async (table: Reader, id: string, rest = ''): Promise<Answer> => {
  const survivor = await survivingContact(table, id);
  if (survivor === undefined) throw noContact();
  return movedPermanently(`/v1/contacts/${survivor}${rest}`);
};
