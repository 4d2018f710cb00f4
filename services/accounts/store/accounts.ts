import * as z from 'zod/mini';
import type { EventContract } from '#contracts/core/event.ts';
import { AccountRecord, accountCollection, accountRecordKey } from '#contracts/records/account.ts';
import type { Gone } from '#contracts/records/gone.ts';
import type { Account, AccountState } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type Numbers, plus, shownCounters } from '../domain/counters.ts';

/** An account as read: while it is there. */
export interface StoredAccount {
  readonly account: AccountState;
  readonly sequence: number;
  readonly rev: number;
  /** Accounts that were merged into it, and into those. */
  readonly mergedFrom: readonly string[];
  /** What its counters are added to: a conversion's account begins with its contact, which saves an item. */
  readonly opening: Numbers;
}

/** Partitions of the list of all accounts (gsi1), sort key `<createdAt>#<id>`. */
const accountList = 'accounts#accounts';
export const accountListPartitions = shardPartitions(accountList);
/** Partition of the accounts of a domain (gsi2), same sort key. */
export const domainPartition = (domain: string): string => partition('accounts', 'accounts-by-domain', domain);

/** Partition of the accounts below one (gsi3), same sort key. */
export const subsidiariesPartition = (parentId: string): string => partition('accounts', 'subsidiaries', parentId);

type Beside = Pick<StoredAccount, 'mergedFrom' | 'opening'>;

const opened = (opening: Numbers | undefined) => (opening === undefined || Object.keys(opening).length === 0 ? {} : { opening });

const draft = (account: AccountState, sequence: number, { mergedFrom, opening }: Beside): Draft => {
  const sk = `${account.createdAt}#${account.id}`;
  return {
    ...accountRecordKey(account.id),
    kind: 'account',
    data: { account, sequence, ...(mergedFrom.length === 0 ? {} : { mergedFrom }), ...opened(opening) },
    indexes: {
      gsi1: { pk: shardPartition(accountList, account.id), sk },
      ...(account.domain === undefined ? {} : { gsi2: { pk: domainPartition(account.domain), sk } }),
      ...(account.parentAccountId === undefined ? {} : { gsi3: { pk: subsidiariesPartition(account.parentAccountId), sk } }),
    },
  };
};

/** The account of an item; undefined when there is none or it is gone. */
export const storedAccount = (item: Item | undefined): StoredAccount | undefined => {
  if (item === undefined) return undefined;
  const { account, gone, sequence, mergedFrom = [], opening = {} } = AccountRecord.parse(item.data);
  return account === undefined || gone !== undefined ? undefined : { account, sequence, rev: item.rev, mergedFrom, opening };
};

export const readAccount = async (table: Reader, accountId: string): Promise<StoredAccount | undefined> =>
  storedAccount(await table.get(accountRecordKey(accountId)));

export const createAccountRecord = (account: AccountState, opening: Numbers = {}): Write => ({
  op: 'create',
  item: draft(account, 1, { mergedFrom: [], opening }),
});

/** The next state of an account as it was read, of which one event is said. */
export const replaceAccount = (account: AccountState, read: StoredAccount): Write => ({
  op: 'replace',
  item: draft(account, read.sequence + 1, read),
  ifRev: read.rev,
});

/** What stays of an account that is deleted or merged: no word of it, and in no list. */
export const endAccount = (read: StoredAccount, gone: Gone): Write => ({
  op: 'replace',
  item: { ...accountRecordKey(read.account.id), kind: 'account', data: { gone, sequence: read.sequence + 1, ...opened(read.opening) } },
  ifRev: read.rev,
});

/** Holds a transaction to the account as it was read, so that it is not deleted meanwhile. */
export const accountUnchanged = ({ account, rev }: StoredAccount): Write => ({
  op: 'check',
  key: accountRecordKey(account.id),
  expect: rev,
});

/** An event about an account, kept in its collection. */
export const accountEvent = (
  contract: EventContract,
  account: AccountState,
  sequence: number,
  data: Readonly<Record<string, unknown>> = {},
): EventDraft => ({
  contract,
  collection: accountCollection(account.id),
  subject: account.id,
  sequence,
  data: { account, ...data },
});

/** That a step of moving on what belonged to a merged or deleted account is done, and another is to follow. It is no part of a timeline. */
export const furtherStep = async (
  table: Reader,
  contract: EventContract,
  from: string,
  to: string | undefined,
): Promise<{ readonly writes: readonly Write[]; readonly events: readonly EventDraft[] }> => {
  const item = await table.get(accountRecordKey(from));
  if (item === undefined) return { writes: [], events: [] };
  const { gone, sequence, opening } = AccountRecord.parse(item.data);
  const next = sequence + 1;
  const tombstone = { ...accountRecordKey(from), kind: 'account', data: { gone, sequence: next, ...opened(opening) } };
  const data = { from, ...(to === undefined ? {} : { to }) };
  return {
    writes: [{ op: 'replace', item: tombstone, ifRev: item.rev }],
    events: [{ contract, collection: partition('accounts', 'account-end', from), subject: from, sequence: next, data }],
  };
};

const countersKey = (accountId: string): Key => ({ pk: accountCollection(accountId), sk: 'counters' });

/** Adds to an account's counters; concurrent facts all count. */
export const count = (accountId: string, numbers: Numbers): Write => ({
  op: 'add',
  key: countersKey(accountId),
  kind: 'account-counters',
  numbers,
});

/** Counters of an account and of those merged into it, as one. */
export interface Counters {
  readonly numbers: Numbers;
  /** Sum of the revisions. */
  readonly rev: number;
}

const nothing: Counters = { numbers: {}, rev: 0 };

const CounterNumbers = z.record(z.string(), z.number());

const perRead = 100;

/** An account whose counters are wanted: itself, as read, and those merged into it. */
type Counted = Pick<StoredAccount, 'mergedFrom' | 'opening'> & { readonly id: string };

/** The counters of accounts, those of the accounts merged into them included; one read for each 100 items. */
const readCounters = async (table: Reader, accounts: readonly Counted[]): Promise<Counters[]> => {
  const keysOf = ({ id, mergedFrom }: Counted): Key[] => [
    countersKey(id),
    ...mergedFrom.flatMap((source) => [countersKey(source), accountRecordKey(source)]),
  ];
  const keys = accounts.flatMap(keysOf);
  const items = new Map<string, Item>();
  for (let start = 0; start < keys.length; start += perRead) {
    for (const item of await table.getMany(keys.slice(start, start + perRead))) if (item !== undefined) items.set(item.pk + item.sk, item);
  }
  const numbersOf = ({ sk, data }: Item): Numbers =>
    sk === 'counters' ? CounterNumbers.parse(data) : (AccountRecord.parse(data).opening ?? {});
  return accounts.map((account) => {
    const parts = keysOf(account).flatMap(({ pk, sk }) => items.get(pk + sk) ?? []);
    return {
      numbers: parts.reduce<Numbers>((sum, item) => plus(sum, numbersOf(item), 1), account.opening),
      rev: parts.reduce((sum, { rev }) => sum + rev, 0),
    };
  });
};

/** Contacts that an account still counts for its own, after it was merged or deleted. */
export const contactsLeft = async (table: Reader, accountId: string): Promise<number> => {
  const item = await table.get(accountRecordKey(accountId));
  const opening = item === undefined ? {} : (AccountRecord.parse(item.data).opening ?? {});
  const [counters] = await readCounters(table, [{ id: accountId, mergedFrom: [], opening }]);
  return counters?.numbers.contacts ?? 0;
};

/** Holds a transaction to what an account's own counters were; `rev` 0 stands for none. */
export const countersUnchanged = (accountId: string, rev: number): Write => ({
  op: 'check',
  key: countersKey(accountId),
  expect: rev === 0 ? 'absent' : rev,
});

/** The account as the API answers it, and what its counters contribute to its entity tag. */
export interface ShownAccount {
  readonly resource: Account;
  readonly countersRev: number;
  /** Of the account's own counters, 0 while there are none. */
  readonly ownCountersRev: number;
  readonly numbers: Numbers;
  /** Another state of the account with the same counters, or with more. */
  readonly shows: (account: AccountState, more?: Numbers) => Account;
}

const shown = (account: AccountState, { numbers, rev }: Counters, ownCountersRev = rev): ShownAccount => {
  const shows = (state: AccountState, more: Numbers = {}): Account => ({ ...state, ...shownCounters(plus(numbers, more, 1)) });
  return { resource: shows(account), countersRev: rev, ownCountersRev, numbers, shows };
};

/** An account with its counters, in one read, in two when others were merged into it; undefined when there is none. */
export const readShownAccount = async (table: Reader, accountId: string): Promise<(StoredAccount & ShownAccount) | undefined> => {
  const [item, own] = await table.getMany<Numbers>([accountRecordKey(accountId), countersKey(accountId)]);
  const stored = storedAccount(item);
  if (stored === undefined) return undefined;
  const ownRev = own?.rev ?? 0;
  const [counters] =
    stored.mergedFrom.length === 0
      ? [{ numbers: plus(stored.opening, own?.data ?? {}, 1), rev: ownRev }]
      : await readCounters(table, [{ ...stored, id: accountId }]);
  return { ...stored, ...shown(stored.account, counters ?? nothing, ownRev) };
};

/** Accounts of a page with their counters. */
export const withCounters = async (table: Reader, accounts: readonly StoredAccount[]): Promise<Account[]> => {
  const counters = await readCounters(
    table,
    accounts.map((stored) => ({ ...stored, id: stored.account.id })),
  );
  return accounts.map(({ account }, i) => shown(account, counters[i] ?? nothing).resource);
};
