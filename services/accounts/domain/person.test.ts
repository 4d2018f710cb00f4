import { describe, expect, it } from 'vitest';
import { redactionOf } from '#contracts/core/redaction.ts';
import type { AccountState } from '#contracts/resources/account.ts';
import { anonymousAccount, isThePerson } from './person.ts';

const redact = redactionOf({ emails: [], phones: [], names: [{ firstName: 'Ada', lastName: 'Lovelace' }] });
const at = '2026-11-22T18:18:42.000Z';
const account: AccountState = {
  id: 'acct_01J00000000000000000000001',
  kind: 'individual',
  type: 'customer',
  name: 'Ada Lovelace',
  segment: 'countess',
  owner: 'ann',
  phones: [{ label: 'main', value: '1' }],
  emails: [],
  addresses: [],
  tags: ['vip'],
  createdAt: at,
  updatedAt: at,
  version: 3,
};

describe('an account', () => {
  it.each<[string, Partial<AccountState>, number, boolean]>([
    ['of its name', {}, 1, true],
    ['of whatever name where nobody else is', { name: 'Countess' }, 0, true],
    ['of a relative', { name: 'Peter Lovelace' }, 1, false],
    ['of another', { name: 'Charles Babbage' }, 1, false],
    ['of a company of its name', { kind: 'business' }, 0, false],
  ])('%s is the person, or is not', (_, own, contactsLeft, is) => {
    expect(isThePerson({ ...account, ...own }, redact, contactsLeft)).toBe(is);
  });

  it('that was a person keeps nothing but that there was one, and whose it is to look after', () => {
    expect(anonymousAccount(account)).toEqual({ ...account, name: '[erased]', segment: undefined, phones: [], tags: [] });
  });
});
