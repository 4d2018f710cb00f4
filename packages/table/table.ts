import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type ConsumedCapacity,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Attributes, fromAttributes, keyAttributes } from './attributes.ts';
import { AlreadyDone, StaleRead, TransactionTooLarge } from './errors.ts';
import type { Draft, IndexName, Item, Key } from './item.ts';
import { type Chunk, mergeShards } from './merge.ts';
import { type Operation, operationsOf } from './operations.ts';
import { outboxRecords } from './outbox.ts';
import { keyRange, type RangeBounds } from './range.ts';
import { failureOf, persist, waitBefore } from './retry.ts';
import type { OutboxEvent, Provenance, Transaction } from './transaction.ts';
import { noteUse, takeFromWindow, type Usage } from './usage.ts';

export interface Query {
  readonly partition: string;
  readonly index?: IndexName;
  /** Sort keys that begin with it. */
  readonly prefix?: string;
  /** First and last sort key, inclusive. */
  readonly from?: string;
  readonly to?: string;
  readonly descending?: boolean;
  readonly limit: number;
  /** Sort key after which to go on, exclusive. */
  readonly after?: string;
  /** Strongly consistent; not possible on an index. */
  readonly consistent?: boolean;
}

export interface ListQuery<Data = unknown> {
  /** The shards of the list. */
  readonly partitions: readonly string[];
  /** Absent: the table itself. */
  readonly index?: IndexName;
  readonly descending: boolean;
  readonly limit: number;
  /** Position that an earlier page gave as `next`. */
  readonly after?: string;
  readonly prefix?: string;
  readonly from?: string;
  readonly to?: string;
  readonly keep?: (item: Item<Data>) => boolean;
  /** Candidates to look at before a filtered page comes short; 1,000 unless told. */
  readonly budget?: number;
}

export interface Page<Data = unknown> {
  readonly items: Item<Data>[];
  /** Position after the last candidate looked at; undefined when everything was seen. */
  readonly next: string | undefined;
}

/** What DynamoDB charged since the table was opened, in capacity units. */
export interface Consumed {
  readonly calls: number;
  readonly retries: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface Table extends Usage {
  /** Strongly consistent; an expired item is undefined. */
  get<Data = unknown>(key: Key): Promise<Item<Data> | undefined>;
  /** Strongly consistent, in the order of `keys`; at most 100. */
  getMany<Data = unknown>(keys: readonly Key[]): Promise<(Item<Data> | undefined)[]>;
  /**
   * As `getMany`, all as of one moment, for twice the read units. It takes the permission to get each item, not that to get batches: this is
   * how several records of another service are read at once.
   *
   * @throws {TableBusy} when others go on writing them.
   */
  getTogether<Data = unknown>(keys: readonly Key[]): Promise<(Item<Data> | undefined)[]>;
  /** One partition in order of its sort key. `more` is exact. */
  query<Data = unknown>(query: Query): Promise<{ items: Item<Data>[]; more: boolean }>;
  /** Sharded partitions read in parallel and merged in order of their sort key, which must be unique over all of them. */
  list<Data = unknown>(query: ListQuery<Data>): Promise<Page<Data>>;
  /**
   * Writes everything or nothing, in one TransactWriteItems. `guard` is written if none stands (an expired one counts as none).
   *
   * @throws {AlreadyDone} when the guard stands, whatever else failed.
   * @throws the error of the first write whose condition failed and whose `refuse` gave one.
   * @throws {StaleRead} when another condition failed.
   * @throws {TableBusy} when conflicts, throttling or failures outlast 12 tries with full jitter.
   * @throws {TransactionTooLarge | InvalidTransaction} before anything is sent.
   */
  commit(transaction: Transaction, provenance: Provenance, extra?: { readonly guard?: Draft }): Promise<OutboxEvent[]>;
  readonly consumed: Consumed;
}

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Jitter, 0 to 1. */
  readonly random?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Epoch milliseconds; decides what has expired. */
  readonly now?: () => number;
}

const defaultBudget = 1000;
const mostKeysOfBatch = 100;

const pause = async (milliseconds: number): Promise<void> => {
  await wait(milliseconds);
};

/** Opens the table. Calls are tried up to 8 times with full jitter; give it `tableClient()`, whose SDK doesn't retry besides. */
export const createTable = ({ client, tableName, random = Math.random, sleep = pause, now = Date.now }: TableOptions): Table => {
  const consumed = { calls: 0, retries: 0, readUnits: 0, writeUnits: 0 };
  const onRetry = () => {
    consumed.retries += 1;
  };
  const patience = { random, sleep, onRetry };

  const read = async <Output extends { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined }>(
    call: () => Promise<Output>,
  ): Promise<Output> => {
    const output = await persist(() => {
      consumed.calls += 1;
      return call();
    }, patience);
    for (const capacity of [output.ConsumedCapacity ?? []].flat()) consumed.readUnits += capacity.CapacityUnits ?? 0;
    return output;
  };

  const counting = {
    client,
    tableName,
    onCall: () => {
      consumed.calls += 1;
    },
    onCharge: (units: number) => {
      consumed.writeUnits += units;
    },
  };

  const isLive = (item: Item): boolean => item.expiresAt === undefined || item.expiresAt * 1000 > now();

  const readItem = async (key: Key): Promise<Item | undefined> => {
    const { Item: image } = await read(() =>
      client.send(
        new GetItemCommand({ TableName: tableName, Key: keyAttributes(key), ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' }),
      ),
    );
    return image && fromAttributes(image);
  };

  const readBatch = async (keys: readonly Key[]): Promise<Map<string, Item>> => {
    const found = new Map<string, Item>();
    let pending: Attributes[] = [...new Map(keys.map((key) => [nameOf(key), keyAttributes(key)])).values()];
    for (let round = 1; pending.length > 0; round += 1) {
      const request = { [tableName]: { Keys: pending, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await read(() =>
        client.send(new BatchGetItemCommand({ RequestItems: request, ReturnConsumedCapacity: 'TOTAL' })),
      );
      for (const image of Responses?.[tableName] ?? []) {
        const item = fromAttributes(image);
        found.set(nameOf(item), item);
      }
      const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
      if (left.length > 0) await patience.sleep(waitBefore(Math.min(round, 6), random));
      pending = left;
    }
    return found;
  };

  const readRange = async (
    partition: string,
    index: IndexName | undefined,
    bounds: RangeBounds & { readonly consistent?: boolean },
    size: number,
    start: StoredKey | undefined,
  ): Promise<Chunk<Item, StoredKey>> => {
    const range = keyRange(bounds);
    if (range === undefined) return { candidates: [], rest: undefined };
    const output = await read(() =>
      client.send(
        new QueryCommand({
          TableName: tableName,
          ...(index ? { IndexName: index } : {}),
          KeyConditionExpression: range.condition === undefined ? '#pk = :pk' : `#pk = :pk AND ${range.condition}`,
          ExpressionAttributeNames: {
            '#pk': index ? `${index}pk` : 'pk',
            ...(range.condition === undefined ? {} : { '#sk': index ? `${index}sk` : 'sk' }),
          },
          ExpressionAttributeValues: { ':pk': { S: partition }, ...range.values },
          ScanIndexForward: !bounds.descending,
          Limit: size,
          ...(start ? { ExclusiveStartKey: start } : {}),
          ...(bounds.consistent && !index ? { ConsistentRead: true } : {}),
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    const positionOf = positionIn(index);
    return {
      candidates: (output.Items ?? []).map(fromAttributes).filter((item) => range.includes(positionOf(item))),
      rest: output.LastEvaluatedKey,
    };
  };

  const refusalOf = (error: TransactionCanceledException, operations: readonly Operation[], guard: Draft | undefined): Error => {
    const failed = (error.CancellationReasons ?? []).flatMap((reason, i) => {
      const operation = operations[i];
      if (operation === undefined || reason.Code !== 'ConditionalCheckFailed') return [];
      return [{ operation, standing: reason.Item && fromAttributes(reason.Item) }];
    });
    for (const { operation, standing } of failed) {
      if (operation.key === guard && standing) return new AlreadyDone(standing);
    }
    for (const { operation, standing } of failed) {
      const refusal = operation.refuse?.(standing);
      if (refusal) return refusal;
    }
    if (failed.length > 0)
      return new StaleRead(`overtaken: ${failed.map(({ operation }) => operation.key.pk).join(', ')}`, { cause: error });
    const tooLarge = error.CancellationReasons?.find((reason) => /size/i.test(reason.Message ?? ''));
    return tooLarge ? new TransactionTooLarge(tooLarge.Message, { cause: error }) : error;
  };

  return {
    async get<Data>(key: Key) {
      const item = await readItem(key);
      return item && isLive(item) ? typed<Data>(item) : undefined;
    },

    async getMany<Data>(keys: readonly Key[]) {
      if (keys.length > mostKeysOfBatch) throw new RangeError(`${keys.length} keys are over the 100 of one read`);
      const found = await readBatch(keys);
      return keys.map((key) => {
        const item = found.get(nameOf(key));
        return item && isLive(item) ? typed<Data>(item) : undefined;
      });
    },

    async getTogether<Data>(keys: readonly Key[]) {
      if (keys.length > mostKeysOfBatch) throw new RangeError(`${keys.length} keys are over the 100 of one read`);
      if (keys.length === 0) return [];
      const TransactItems = keys.map((key) => ({ Get: { TableName: tableName, Key: keyAttributes(key) } }));
      const { Responses = [] } = await read(() =>
        client.send(new TransactGetItemsCommand({ TransactItems, ReturnConsumedCapacity: 'TOTAL' })),
      );
      return keys.map((_key, index) => {
        const image = Responses[index]?.Item;
        const item = image && fromAttributes(image);
        return item && isLive(item) ? typed<Data>(item) : undefined;
      });
    },

    async query<Data>({ partition, index, limit, ...bounds }: Query) {
      const items: Item[] = [];
      let start: StoredKey | undefined;
      do {
        const wanted = limit + 1 - items.length;
        const chunk: Chunk<Item, StoredKey> = await readRange(partition, index, bounds, wanted, start);
        items.push(...chunk.candidates.filter(isLive));
        start = chunk.rest;
      } while (start && items.length <= limit);
      return { items: items.slice(0, limit).map(typed<Data>), more: items.length > limit };
    },

    async list<Data>({ partitions, index, limit, keep, budget = defaultBudget, ...bounds }: ListQuery<Data>) {
      return await mergeShards<Item<Data>, StoredKey>({
        read: async (partition, size, start) => {
          const { candidates, rest } = await readRange(partition, index, bounds, size, start);
          return { candidates: candidates.map(typed<Data>), rest };
        },
        shards: partitions,
        positionOf: positionIn(index),
        descending: bounds.descending,
        limit,
        keep: (item) => isLive(item) && (keep === undefined || keep(item)),
        filtered: keep !== undefined,
        budget,
      });
    },

    async commit(transaction, provenance, { guard } = {}) {
      const records = outboxRecords(transaction.events ?? [], provenance);
      const operations = operationsOf(tableName, transaction, records, provenance, guard);
      if (operations.length === 0) return [];
      const command = new TransactWriteItemsCommand({
        TransactItems: operations.map(({ request }) => request),
        ClientRequestToken: randomUUID(),
        ReturnConsumedCapacity: 'TOTAL',
      });
      const witness = records[0]?.item;
      await persist(async (mayHaveHappened) => {
        consumed.calls += 1;
        try {
          const { ConsumedCapacity } = await client.send(command);
          for (const { CapacityUnits = 0, ReadCapacityUnits, WriteCapacityUnits } of ConsumedCapacity ?? []) {
            // A token sent again after its commit took effect is charged as a read.
            consumed.readUnits += ReadCapacityUnits ?? 0;
            consumed.writeUnits += WriteCapacityUnits ?? (ReadCapacityUnits === undefined ? CapacityUnits : 0);
          }
        } catch (error) {
          if (!(error instanceof TransactionCanceledException) || failureOf(error) !== 'refused') throw error;
          // A try whose answer was lost may be what now stands in the way, should the token have been forgotten meanwhile (DynamoDB keeps it
          // for ten minutes). Its event, whose id is this commit's alone, tells.
          if (mayHaveHappened && witness && (await readItem(witness))) return;
          throw refusalOf(error, operations, guard);
        }
      }, patience);
      return records.map(({ event }) => event);
    },

    takeFromWindow: (take) => takeFromWindow(counting, take),
    noteUse: (key, at, until) => noteUse(counting, key, at, until),

    get consumed() {
      return { ...consumed };
    },
  };
};

type StoredKey = Record<string, AttributeValue>;

const nameOf = (key: Key): string => JSON.stringify([key.pk, key.sk]);

const positionIn =
  (index: IndexName | undefined) =>
  (item: Item): string =>
    (index ? item.indexes?.[index]?.sk : item.sk) ?? '';

// The one place that trusts what is stored: an owner reads only what it wrote itself, through the types of its store.
// oxlint-disable-next-line typescript/consistent-type-assertions -- see above
const typed = <Data>(item: Item): Item<Data> => item as Item<Data>;
