import * as z from 'zod/mini';
import type { AccountState } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item, Key } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { type Claims, claimsOf } from '../domain/matching.ts';

/**
 * Which accounts have a domain or a comparable name: account id to the time of its creation in epoch milliseconds, 0 or less for one that
 * has it no more. Reading it is strongly consistent, as an index is not, so conversions that run at once find one account.
 */
const Claim = z.record(z.string(), z.number());

const kind = 'account-claim';

/** Beyond as many only an older one is listed: matching takes the oldest, and the item stays about 3 KB. */
export const mostListed = 50;

const keyOf = {
  domain: (domain: string): Key => ({ pk: partition('accounts', 'account-domain', domain), sk: 'claim' }),
  name: (name: string): Key => ({ pk: partition('accounts', 'account-name', name), sk: 'claim' }),
};

/** Keys of the claims, those that there are. */
export const claimKeys = ({ domain, name }: Claims): Key[] => [
  ...(domain === undefined ? [] : [keyOf.domain(domain)]),
  ...(name === undefined ? [] : [keyOf.name(name)]),
];

/** The accounts of a claim, oldest first; ids of the same millisecond are in order too. */
const listedIn = (item: Item | undefined): { readonly id: string; readonly createdAt: number }[] =>
  Object.entries(Claim.parse(item?.data ?? {}))
    .flatMap(([id, createdAt]) => (createdAt > 0 ? [{ id, createdAt }] : []))
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));

/** Merged accounts stay listed, for their survivors; so more than the first is looked at. */
const mostCandidates = 5;

/** The accounts that have had a domain or name for the longest time, the oldest first, at most five. */
export const oldest = (item: Item | undefined): string[] =>
  listedIn(item)
    .slice(0, mostCandidates)
    .map(({ id }) => id);

/**
 * Claims for an account for which none was found: on condition that still nobody has them, so that of conversions at once one makes the
 * account and the others find it. `gone` are accounts still listed there that are no more.
 */
export const claimFirst = (account: AccountState, key: Key, read: Item | undefined, gone: ReadonlySet<string>): Write => {
  const listed = Object.entries(Claim.parse(read?.data ?? {})).filter(([id]) => !gone.has(id));
  const data = { ...Object.fromEntries(listed), [account.id]: Date.parse(account.createdAt) };
  const item = { ...key, kind, data };
  return read === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: read.rev };
};

/**
 * What an account claims anew and gives up, from before to after, of which one may be nothing. Domains and names need not be unique, so this waits for nobody.
 * Reads at most four items, at once.
 */
export const changeClaims = async (table: Reader, before: AccountState | undefined, after: AccountState | undefined): Promise<Write[]> => {
  const account = after ?? before;
  if (account === undefined) return [];
  const createdAt = Date.parse(account.createdAt);
  const had = claimKeys(before === undefined ? {} : claimsOf(before));
  const has = claimKeys(after === undefined ? {} : claimsOf(after));
  const notIn = (keys: readonly Key[]) => (key: Key) => keys.every(({ pk }) => pk !== key.pk);
  const gained = has.filter(notIn(had));
  const lost = had.filter(notIn(has));
  if (gained.length + lost.length === 0) return [];

  const listed = (await table.getMany([...gained, ...lost])).map(listedIn);
  const add = (key: Key, by: number): Write => ({ op: 'add', key, kind, numbers: { [account.id]: by } });
  return [...gained, ...lost].flatMap((key, i) => {
    const standing = listed[i] ?? [];
    const isListed = standing.some(({ id }) => id === account.id);
    if (i >= gained.length) return isListed ? [add(key, -createdAt)] : [];
    const hasRoom = standing.length < mostListed || createdAt < (standing[0]?.createdAt ?? 0);
    return hasRoom && !isListed ? [add(key, createdAt)] : [];
  });
};
