import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { ApiKey, DeadLetter } from '#contracts/resources/platform.ts';
import { type ApiKeyRecord, apiKeyKey } from '#runtime/api-key.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { keyUsageKey, partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import type { ApiKeyState, Lock } from './domain/api-key.ts';

// API keys: a record by id, which is listed, and one by each live hash, which is what access checks read.

const keyRecordKey = (keyId: string): Key => ({ pk: partition('platform', 'key', keyId), sk: 'record' });
const allKeys = partition('platform', 'keys');

const Kept = z.object({
  key: ApiKey,
  locks: z.array(z.object({ hash: z.string(), until: z.optional(z.string()) })),
});

/** An API key as read, with the rev that the next write is held to. */
export interface StoredApiKey extends ApiKeyState {
  readonly rev: number;
}

const storedApiKey = ({ data, rev }: Item): StoredApiKey => ({ ...z.parse(Kept, data), rev });

const keyItem = (state: ApiKeyState): Draft => ({
  ...keyRecordKey(state.key.id),
  kind: 'api-key-record',
  data: state,
  // Keys are few: one partition lists them.
  indexes: { gsi1: { pk: allKeys, sk: state.key.id } },
});

/** What access checks find under the hash; one that was replaced is deleted by the table some time after it ended. */
const lockItem = ({ id, name, scopes, createdAt, expiresAt, requestsPerSecond }: ApiKey, { hash, until }: Lock): Draft<ApiKeyRecord> => {
  const end = until ?? expiresAt;
  return {
    ...apiKeyKey(hash),
    kind: 'api-key',
    data: defined({ id, name, scopes, createdAt, expiresAt: end, requestsPerSecond }),
    ...(until === undefined ? {} : { expiresAt: Math.ceil(Date.parse(until) / 1000) }),
  };
};

const openings = (former: readonly Lock[], { key, locks }: ApiKeyState): Write[] => [
  // Their only writer is held to the record's rev.
  ...locks.map((lock): Write => ({ op: 'put', item: lockItem(key, lock) })),
  ...former
    .filter(({ hash }) => !locks.some((lock) => lock.hash === hash))
    .map(({ hash }): Write => ({ op: 'delete', key: apiKeyKey(hash) })),
];

export const addApiKey = (state: ApiKeyState): Write[] => [{ op: 'create', item: keyItem(state) }, ...openings([], state)];

export const changeApiKey = (before: StoredApiKey, after: ApiKeyState): Write[] => [
  { op: 'replace', item: keyItem(after), ifRev: before.rev },
  ...openings(before.locks, after),
];

export const removeApiKey = ({ key, locks, rev }: StoredApiKey): Write[] => [
  { op: 'delete', key: keyRecordKey(key.id), ifRev: rev },
  ...locks.map(({ hash }): Write => ({ op: 'delete', key: apiKeyKey(hash) })),
];

export const readApiKey = async (table: Reader, keyId: string): Promise<StoredApiKey | undefined> => {
  const item = await table.get(keyRecordKey(keyId));
  return item && storedApiKey(item);
};

export const listApiKeys = async (table: Reader, limit: number, after: string | undefined) => {
  const { items, next } = await table.list({
    partitions: [allKeys],
    index: 'gsi1',
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return {
    items: await withLastUse(
      table,
      items.map((item) => storedApiKey(item).key),
    ),
    next,
  };
};

const UseNoted = z.object({ at: z.int() });
/** Keys of one batch read. */
const mostTogether = 100;

/** Keys with the hour of their last use, which whoever checks them notes apart from their records. */
export const withLastUse = async (table: Reader, keys: readonly ApiKey[]): Promise<ApiKey[]> => {
  const shown: ApiKey[] = [];
  for (let from = 0; from < keys.length; from += mostTogether) {
    const some = keys.slice(from, from + mostTogether);
    const uses = await table.getMany(some.map(({ id }) => keyUsageKey(id, 'last')));
    for (const [index, key] of some.entries()) {
      const use = z.safeParse(UseNoted, uses[index]?.data);
      shown.push(use.success ? { ...key, lastUsedAt: new Date(use.data.at).toISOString() } : key);
    }
  }
  return shown;
};

// Dead letters.

export const deadLetterCollection = (id: string): string => partition('platform', 'dead-letter', id);
const deadLetterKey = (id: string): Key => ({ pk: deadLetterCollection(id), sk: 'record' });
const allDeadLetters = partition('platform', 'dead-letters');

export const deadLetterOf = (item: Item): DeadLetter => z.parse(DeadLetter, item.data);

/** Where the dead letters are. */
export const deadLetterRanges: readonly ItemRange[] = shardPartitions(allDeadLetters).map((partitionKey) => ({
  partition: partitionKey,
  index: 'gsi1',
}));

const erasedKey = (id: string): Key => ({ pk: partition('platform', 'erased', id), sk: 'tombstone' });

/** Remembers that the person behind a record was erased; nothing when that is known. */
export const tombstoneWrites = async (table: Reader, id: string, now: string): Promise<Write[]> =>
  (await table.get(erasedKey(id))) === undefined ? [{ op: 'create', item: { ...erasedKey(id), kind: 'erased', data: { at: now } } }] : [];

/** Whether one of these records is of somebody who was erased; at most 100. */
export const isAnyErased = async (table: Reader, ids: readonly string[]): Promise<boolean> =>
  ids.length > 0 && (await table.getMany(ids.map(erasedKey))).some((item) => item !== undefined);

export const addDeadLetter = (letter: DeadLetter): Write => ({
  op: 'create',
  item: {
    ...deadLetterKey(letter.id),
    kind: 'dead-letter',
    data: letter,
    // Their ids hold the time at which they were recorded.
    indexes: { gsi1: { pk: shardPartition(allDeadLetters, letter.id), sk: letter.id } },
  },
});

export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly rev: number;
}

export const removeDeadLetter = ({ letter, rev }: StoredDeadLetter): Write => ({ op: 'delete', key: deadLetterKey(letter.id), ifRev: rev });

/** In the order of `ids`, at most 100; undefined where there is none. */
export const readDeadLetters = async (table: Reader, ids: readonly string[]): Promise<(StoredDeadLetter | undefined)[]> => {
  const items = await table.getMany(ids.map(deadLetterKey));
  return items.map((item) => item && { letter: deadLetterOf(item), rev: item.rev });
};

export interface DeadLettersWanted {
  readonly newestFirst: boolean;
  readonly consumer?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

export const listDeadLetters = async (table: Reader, { newestFirst, consumer, limit, after }: DeadLettersWanted) => {
  const { items, next } = await table.list({
    partitions: shardPartitions(allDeadLetters),
    index: 'gsi1',
    descending: newestFirst,
    limit,
    ...(after === undefined ? {} : { after }),
    ...(consumer === undefined ? {} : { keep: (item: Item) => deadLetterOf(item).consumer === consumer }),
  });
  return { letters: items.map(deadLetterOf), next };
};
