import type { Contact, ContactInput } from '#contracts/resources/account.ts';

/** A contact as a caller creates it. */
export const newContact = (id: string, input: ContactInput, now: string): Contact => ({
  ...input,
  id,
  formerAccounts: [],
  formerEmails: [],
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** The fields a caller may change. */
export const writableContact = (contact: Contact): ContactInput => {
  const {
    id: _id,
    formerAccounts: _accounts,
    formerEmails: _emails,
    createdAt: _created,
    updatedAt: _updated,
    version: _version,
    ...fields
  } = contact;
  return fields;
};

/**
 * A contact after a caller's change. An address it had stays known as a former one, an account it was with is remembered with the time
 * until which it was.
 */
export const changedContact = (present: Contact, input: ContactInput, now: string): Contact => {
  const { email: oldEmail, accountId: oldAccount } = present;
  const left = oldEmail !== undefined && oldEmail !== input.email ? [oldEmail] : [];
  const moved = oldAccount !== undefined && oldAccount !== input.accountId ? [{ accountId: oldAccount, until: now }] : [];
  return {
    ...input,
    id: present.id,
    formerAccounts: [...present.formerAccounts, ...moved],
    formerEmails: [...present.formerEmails, ...left].filter((email, i, all) => email !== input.email && all.indexOf(email) === i),
    createdAt: present.createdAt,
    updatedAt: now,
    version: present.version + 1,
  };
};

/** Addresses that find a contact: its present one and those it had. */
export const heldEmails = ({ email, formerEmails }: Contact): string[] => [...(email === undefined ? [] : [email]), ...formerEmails];
