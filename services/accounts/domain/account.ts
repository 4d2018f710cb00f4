import type { AccountInput, AccountState } from '#contracts/resources/account.ts';

/** An account as a caller creates it. */
export const newAccount = (id: string, input: AccountInput, now: string): AccountState => ({
  ...input,
  id,
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** The fields a caller may change. */
export const writableAccount = (account: AccountState): AccountInput => {
  const { id: _id, createdAt: _created, updatedAt: _updated, version: _version, ...fields } = account;
  return fields;
};

/** An account after a caller's change. */
export const changedAccount = (present: AccountState, input: AccountInput, now: string): AccountState => ({
  ...input,
  id: present.id,
  createdAt: present.createdAt,
  updatedAt: now,
  version: present.version + 1,
});
