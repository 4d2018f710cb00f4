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
export type Claim = Readonly<Record<string, number>>;

const kind = 'account-claim';

/** Beyond as many the younger ones are not listed: matching takes the oldest, and the item stays below 3 KB. */
const mostListed = 50;

const keyOf = {
  domain: (domain: string): Key => ({ pk: partition('accounts', 'account-domain', domain), sk: 'claim' }),
  name: (name: string): Key => ({ pk: partition('accounts', 'account-name', name), sk: 'claim' }),
};

/** Keys of the claims, those that there are. */
export const claimKeys = ({ domain, name }: Claims): Key[] => [
  ...(domain === undefined ? [] : [keyOf.domain(domain)]),
  ...(name === undefined ? [] : [keyOf.name(name)]),
];

/** The oldest account of a claim; ids of the same millisecond are ordered too. */
export const oldest = (claim: Item | undefined): string | undefined => {
  const entries = Object.entries(claim?.data ?? {}).flatMap(([id, createdAt]) =>
    typeof createdAt === 'number' && createdAt > 0 ? [{ id, createdAt }] : [],
  );
  return entries.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0]?.id;
};

/**
 * Claims for an account for which none was found: on condition that still nobody has them, so that of conversions at once one makes the
 * account and the others find it.
 */
export const claimFirst = (account: AccountState, key: Key, read: Item | undefined): Write => {
  const item = { ...key, kind, data: { ...claimData(read), [account.id]: Date.parse(account.createdAt) } };
  return read === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: read.rev };
};

const claimData = (read: Item | undefined): Record<string, unknown> =>
  typeof read?.data === 'object' && read.data !== null ? { ...read.data } : {};

const listed = (claim: Item | undefined): number =>
  Object.values(claim?.data ?? {}).filter((createdAt) => typeof createdAt === 'number' && createdAt > 0).length;

/**
 * What a caller's account claims anew and gives up, from before to after. Domains and names need not be unique, so this waits for nobody.
 * Reads at most two items.
 */
export const changeClaims = async (table: Reader, before: AccountState | undefined, after: AccountState): Promise<Write[]> => {
  const createdAt = Date.parse(after.createdAt);
  const had = new Map(claimKeys(before === undefined ? {} : claimsOf(before)).map((key) => [key.pk, key]));
  const has = new Map(claimKeys(claimsOf(after)).map((key) => [key.pk, key]));
  const gained = [...has.values()].filter(({ pk }) => !had.has(pk));
  const lost = [...had.values()].filter(({ pk }) => !has.has(pk));
  if (gained.length + lost.length === 0) return [];
  const items = await table.getMany([...gained, ...lost]);
  const standing = (i: number): unknown => new Map(Object.entries(items[i]?.data ?? {})).get(after.id);
  const add = (key: Key, by: number): Write => ({ op: 'add', key, kind, numbers: { [after.id]: by } });
  return [
    ...gained.flatMap((key, i) => (listed(items[i]) < mostListed && !(Number(standing(i) ?? 0) > 0) ? [add(key, createdAt)] : [])),
    ...lost.flatMap((key, i) => (Number(standing(gained.length + i) ?? 0) > 0 ? [add(key, -createdAt)] : [])),
  ];
};
