import { erasedMark, type Identifiers, type Redact } from '#contracts/core/redaction.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';

type Part<R, Names extends keyof R> = { readonly [Name in Names]?: R[Name] | undefined };

type Identifying = 'email' | 'formerEmails' | 'emails' | 'phones' | 'firstName' | 'lastName';
type Told = Part<Contact, Identifying>;

/** What tells who a contact is, wherever others wrote it. Which addresses are its alone, its locks tell. */
export const identifiersOf = ({ email, formerEmails = [], emails = [], phones = [], firstName, lastName }: Told): Identifiers => ({
  emails: [...(email === undefined ? [] : [email]), ...formerEmails, ...emails.map(({ value }) => value)],
  phones: phones.map(({ value }) => value),
  names: firstName === undefined && lastName === undefined ? [] : [{ firstName, lastName }],
});

/** Whether an account is the person itself. One with others at it is the person's if it has its whole name: a family shares a part. */
export const isThePerson = ({ kind, name }: AccountState, redact: Redact, contactsLeft: number): boolean =>
  kind === 'individual' && (contactsLeft <= 0 || redact(name) === erasedMark);

/** What stays of an account that is an erased person: that there was one, for its deals and what they came to. */
export const anonymousAccount = ({ id, kind, type, owner, createdAt, updatedAt, version }: AccountState): AccountState => ({
  id,
  name: erasedMark,
  kind,
  type,
  ...(owner === undefined ? {} : { owner }),
  phones: [],
  emails: [],
  addresses: [],
  tags: [],
  createdAt,
  updatedAt,
  version,
});

/** A company's account, or what an event tells of it, without the person's own addresses and numbers. Its name is its own, even when it is a person's, too. */
export const withoutPerson = <A extends Part<AccountState, 'phones' | 'emails' | 'customFields'>>(account: A, redact: Redact): A => {
  const { phones, emails, customFields } = account;
  return {
    ...account,
    ...(phones === undefined ? {} : { phones: phones.filter(({ value }) => redact(value) === value) }),
    ...(emails === undefined ? {} : { emails: emails.filter(({ value }) => redact(value) === value) }),
    ...(customFields === undefined ? {} : { customFields: redact(customFields) }),
  };
};

/** Another contact, or what an event tells of it, without the person in what was noted with it. What the two share is the other's, too. */
export const withoutMention = <C extends Part<Contact, 'jobTitle' | 'role' | 'emails' | 'customFields'>>(
  contact: C,
  redact: Redact,
  held: ReadonlySet<string>,
): C => {
  const { jobTitle, role, emails, customFields } = contact;
  return {
    ...contact,
    ...(jobTitle === undefined ? {} : { jobTitle: redact(jobTitle) }),
    ...(role === undefined ? {} : { role: redact(role) }),
    ...(emails === undefined ? {} : { emails: emails.filter(({ value }) => !held.has(value)) }),
    ...(customFields === undefined ? {} : { customFields: redact(customFields) }),
  };
};
