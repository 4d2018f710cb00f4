import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Draft, IndexName, Item, Key } from './item.ts';
import type { OutboxEvent, Provenance, Transaction } from './transaction.ts';

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

export interface Table {
  /** Strongly consistent; an expired item is undefined. */
  get<Data = unknown>(key: Key): Promise<Item<Data> | undefined>;
  /** Strongly consistent, in the order of `keys`; at most 100. */
  getMany<Data = unknown>(keys: readonly Key[]): Promise<(Item<Data> | undefined)[]>;
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
   * @throws {TableBusy} when conflicts, throttling or failures outlast 8 tries with full jitter.
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

export const createTable = (options: TableOptions): Table => {
  throw new Error(`the table ${options.tableName} is being built`);
};
