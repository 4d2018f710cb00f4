import type { Contact } from '#contracts/resources/account.ts';
import type { ToE164 } from './lead.ts';

/** Addresses that a contact has now, its primary one first. */
export const emailsOf = ({ email, emails }: Contact): readonly string[] => [
  ...new Set([...(email === undefined ? [] : [email]), ...emails.map(({ value }) => value)]),
];

/** Phone numbers of a contact in E.164, as far as they parse. */
export const phonesOf = ({ phones, addresses }: Contact, toE164: ToE164): readonly string[] => {
  const country = addresses.find((address) => address.country !== undefined)?.country;
  return [...new Set(phones.flatMap(({ value }) => toE164(value, country) ?? []))];
};

/** Addresses that are the contact's alone, present and past. */
export const heldEmails = ({ email, formerEmails }: Contact): readonly string[] => [
  ...(email === undefined ? [] : [email]),
  ...formerEmails,
];

/** Former addresses count: who wrote from one is still the same person. */
export const contactHasEmail = (contact: Contact, email: string): boolean =>
  emailsOf(contact).includes(email) || contact.formerEmails.includes(email);

export const contactHasPhone = (contact: Contact, e164: string, toE164: ToE164): boolean => phonesOf(contact, toE164).includes(e164);
