import { AccountRecord } from '#contracts/records/account.ts';
import { claimsOf } from '#services/accounts/domain/matching.ts';
import { claimKeys, mostListed } from '#services/accounts/store/claims.ts';
import type { Item } from '#table/item.ts';
import { type Difference, numbersOf, unlike } from './differences.ts';

const unlisted = 0;

/**
 * Claims to domains and names that are not those of the accounts that are there. Bounded, not equal, in two ways: a claim that lists fifty need not list a
 * younger account, and one of an account that is merged or gone may stand until somebody claims anew.
 */
export const differencesOfClaims = (items: readonly Item[]): Difference[] => {
  const claims = new Map(items.flatMap((item) => (item.kind === 'account-claim' ? [[item.pk, item]] : [])));
  const listed = (pk: string): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(numbersOf(claims.get(pk)?.data)).filter(([, createdAt]) => createdAt > unlisted));
  const wanted = new Map<string, { readonly pk: string; readonly sk: string; readonly createdAt: number }[]>();
  const gone = new Set<string>();
  for (const { kind, pk, data } of items) {
    if (kind !== 'account') continue;
    const { account } = AccountRecord.parse(data);
    if (account === undefined) gone.add(pk.slice(pk.lastIndexOf('#') + 1));
    else
      wanted.set(
        account.id,
        claimKeys(claimsOf(account)).map((key) => ({ ...key, createdAt: Date.parse(account.createdAt) })),
      );
  }
  const missing = [...wanted].flatMap(([accountId, keys]) =>
    keys.flatMap(({ createdAt, ...key }) => {
      const stored = listed(key.pk);
      const isFull = Object.keys(stored).length >= mostListed;
      return isFull && stored[accountId] === undefined ? [] : unlike(key, accountId, stored[accountId] ?? unlisted, createdAt);
    }),
  );
  const leftOver = [...claims].flatMap(([pk, { sk }]) =>
    Object.entries(listed(pk)).flatMap(([accountId, createdAt]) =>
      gone.has(accountId) || wanted.get(accountId)?.some((key) => key.pk === pk) ? [] : unlike({ pk, sk }, accountId, createdAt, unlisted),
    ),
  );
  return [...missing, ...leftOver];
};
