import { erasedMark, type Identifiers, type Redact } from '#contracts/core/redaction.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';

type Identifying = 'email' | 'formerEmails' | 'emails' | 'phones' | 'firstName' | 'lastName';
type Told = { readonly [Name in Identifying]?: Contact[Name] | undefined };

/** What tells who a contact is, wherever others wrote it. */
export const identifiersOf = ({ email, formerEmails = [], emails = [], phones = [], firstName, lastName }: Told): Identifiers => ({
  emails: [...(email === undefined ? [] : [email]), ...formerEmails, ...emails.map(({ value }) => value)],
  phones: phones.map(({ value }) => value),
  names: firstName === undefined && lastName === undefined ? [] : [{ firstName, lastName }],
});

/** Whether an account is the person itself. */
export const isThePerson = ({ kind, name }: AccountState, redact: Redact, contactsLeft: number): boolean =>
  kind === 'individual' && (redact(name) !== name || contactsLeft <= 0);

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

/** A company's account without the person's own addresses and numbers. A company's name is its own, even when it is a person's, too. */
export const withoutPerson = (account: AccountState, redact: Redact): AccountState => ({
  ...account,
  phones: account.phones.filter(({ value }) => redact(value) === value),
  emails: account.emails.filter(({ value }) => redact(value) === value),
  ...(account.customFields === undefined ? {} : { customFields: redact(account.customFields) }),
});
