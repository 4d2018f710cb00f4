import type { EventContract } from '#contracts/core/event.ts';
import { AccountRecord, accountCollection, accountRecordKey } from '#contracts/records/account.ts';
import type { Account, AccountState } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type Numbers, shownCounters } from '../domain/counters.ts';

/** An account as read: while it is there. */
export interface StoredAccount {
  readonly account: AccountState;
  readonly sequence: number;
  readonly rev: number;
}

/** Partitions of the list of all accounts (gsi1), sort key `<createdAt>#<id>`. */
const accountList = 'accounts#accounts';
export const accountListPartitions = shardPartitions(accountList);
/** Partition of the accounts of a domain (gsi2), same sort key. */
export const domainPartition = (domain: string): string => partition('accounts', 'accounts-by-domain', domain);

const draft = (account: AccountState, sequence: number): Draft => {
  const sk = `${account.createdAt}#${account.id}`;
  return {
    ...accountRecordKey(account.id),
    kind: 'account',
    data: { account, sequence },
    indexes: {
      gsi1: { pk: shardPartition(accountList, account.id), sk },
      ...(account.domain === undefined ? {} : { gsi2: { pk: domainPartition(account.domain), sk } }),
    },
  };
};

/** The account of an item; undefined when there is none or it is gone. */
export const storedAccount = (item: Item | undefined): StoredAccount | undefined => {
  if (item === undefined) return undefined;
  const { account, gone, sequence } = AccountRecord.parse(item.data);
  return account === undefined || gone !== undefined ? undefined : { account, sequence, rev: item.rev };
};

export const readAccount = async (table: Reader, accountId: string): Promise<StoredAccount | undefined> =>
  storedAccount(await table.get(accountRecordKey(accountId)));

export const createAccountRecord = (account: AccountState): Write => ({ op: 'create', item: draft(account, 1) });

/** The next state of an account as it was read, of which one event is said. */
export const replaceAccount = (account: AccountState, read: StoredAccount): Write => ({
  op: 'replace',
  item: draft(account, read.sequence + 1),
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
  changed?: readonly string[],
): EventDraft => ({
  contract,
  collection: accountCollection(account.id),
  subject: account.id,
  sequence,
  data: changed === undefined ? { account } : { account, changed },
});

const countersKey = (accountId: string): Key => ({ pk: accountCollection(accountId), sk: 'counters' });

/** Adds to an account's counters; concurrent facts all count. */
export const count = (accountId: string, numbers: Numbers): Write => ({
  op: 'add',
  key: countersKey(accountId),
  kind: 'account-counters',
  numbers,
});

/** The account as the API answers it, and what its counters contribute to its entity tag. */
export interface ShownAccount {
  readonly resource: Account;
  readonly countersRev: number;
  /** Another state of the account with the same counters. */
  readonly shows: (account: AccountState) => Account;
}

const shown = (account: AccountState, counters: Item<Numbers> | undefined): ShownAccount => {
  const shows = (state: AccountState): Account => ({ ...state, ...shownCounters(counters?.data ?? {}) });
  return { resource: shows(account), countersRev: counters?.rev ?? 0, shows };
};

/** An account with its counters, in one read; undefined when there is none. */
export const readShownAccount = async (table: Reader, accountId: string): Promise<(StoredAccount & ShownAccount) | undefined> => {
  const [item, counters] = await table.getMany<Numbers>([accountRecordKey(accountId), countersKey(accountId)]);
  const stored = storedAccount(item);
  return stored === undefined ? undefined : { ...stored, ...shown(stored.account, counters) };
};

const perRead = 100;

/** The counters of a page of accounts. */
export const withCounters = async (table: Reader, accounts: readonly AccountState[]): Promise<Account[]> => {
  const counters = new Map<string, Item<Numbers> | undefined>();
  for (let start = 0; start < accounts.length; start += perRead) {
    const part = accounts.slice(start, start + perRead);
    const items = await table.getMany<Numbers>(part.map(({ id }) => countersKey(id)));
    part.forEach(({ id }, i) => {
      counters.set(id, items[i]);
    });
  }
  return accounts.map((account) => shown(account, counters.get(account.id)).resource);
};
