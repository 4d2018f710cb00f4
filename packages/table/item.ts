/** Where an item lives. Both parts are strings; `pk` begins with the owning service's name and `#`. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The sparse secondary indexes; all project whole items. An item is in an index when it carries that index's keys. */
export type IndexName = 'gsi1' | 'gsi2' | 'gsi3';

export type IndexKeys = { readonly [I in IndexName]?: Key };

/**
 * One item of the table. `data` is the owner's record; `rev` is 1 when written first and grows by one with every write, also those the
 * system derives (the resource's own `version` grows only with callers' changes and lives in `data`).
 */
export interface Item<Data = unknown> extends Key {
  /** What the record is, `lead`, `email-lock`; `event` marks an outbox event that the relay puts on the bus. */
  readonly kind: string;
  readonly rev: number;
  readonly data: Data;
  readonly indexes?: IndexKeys;
  /** Epoch seconds after which DynamoDB may delete it; reads already treat it as gone. */
  readonly expiresAt?: number;
}

/** An item about to be written; `rev` is set by the commit. */
export interface Draft<Data = unknown> extends Omit<Item<Data>, 'rev'> {
  /** Members of `data` that lie in attributes of their own, so that an `amend` may leave them as they are, or hold to them. */
  readonly apart?: readonly string[];
}
