import type { IdKind } from '#contracts/core/ids.ts';
import type { Draft } from '#table/item.ts';
import type { Table } from '#table/table.ts';
import type { OutboxEvent, Transaction } from '#table/transaction.ts';
import type { Answer } from './answer.ts';

/** What a use case may read: its own records, and foreign ones it declared. */
export type Reader = Pick<Table, 'get' | 'getMany' | 'query' | 'list'>;

export interface Effect extends Transaction {
  /** HTTP: what the caller is told. It is stored for replay, in the same transaction, when the caller sent an `Idempotency-Key`. */
  readonly answer?: Answer;
  /** Events: the item whose standing means "done before"; replaces the inbox mark. A timeline copy keyed by the event's id is one. */
  readonly guard?: Draft;
}

/**
 * One read-decide-commit. When what was read has changed by the time of the commit, the whole use case is run again (8 times at most), so
 * it must keep nothing between runs. It commits at most once.
 */
export interface UnitOfWork {
  /** RFC 3339 UTC with milliseconds; the same in each run. */
  readonly now: string;
  /** `key:<id>`, `form:<id>`, `system:<service>`, `automation:<source>`. */
  readonly actor: string;
  readonly correlationId: string;
  /** The request or event that this follows from. */
  readonly causationId: string;
  /** A new id of that kind; later ones sort after earlier ones. */
  newId(kind: IdKind): string;
  readonly table: Reader;
  /** Writes everything or nothing: the effect, its events, and the idempotency record or inbox mark. */
  commit(effect: Effect): Promise<readonly OutboxEvent[]>;
}
