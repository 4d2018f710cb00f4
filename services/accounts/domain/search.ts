import type { AccountState, Contact } from '#contracts/resources/account.ts';

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

const beginsAny = (texts: readonly (string | undefined)[], q: string): boolean =>
  texts.some((text) => text !== undefined && fold(text).startsWith(fold(q)));

/** Whether name, domain or an e-mail address begins with `q`, in any case. */
export const accountMatches = (account: AccountState, q: string): boolean =>
  beginsAny([account.name, account.domain, ...account.emails.map(({ value }) => value)], q);

/** Whether first, last or full name or an e-mail address begins with `q`, in any case. */
export const contactMatches = (contact: Contact, q: string): boolean => {
  const fullName = [contact.firstName, contact.lastName].filter((part) => part !== undefined).join(' ');
  return beginsAny([contact.firstName, contact.lastName, fullName, contact.email, ...contact.emails.map(({ value }) => value)], q);
};
