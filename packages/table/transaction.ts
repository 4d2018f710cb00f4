import type { EventContract, EventMetadata, ServiceName } from '#contracts/core/event.ts';
import type { Draft, IndexName, Item, Key } from './item.ts';

/**
 * Called when the condition of a write did not hold, with the item that stood in the way (absent when there was none). Returns the refusal
 * to throw; undefined means "read again and decide anew", which is also what happens without a callback.
 */
export type Refusal = (standing: Item | undefined) => Error | undefined;

/** The writes that one transaction is made of. Each carries its condition: there is no unconditional write of a record. */
export type Write =
  /**
   * Writes a new item; its condition is that none is there (an expired one counts as none). `firstRev` (1) is for an item that goes and may come again: whoever
   * read the one before must not take this one for it.
   */
  | { readonly op: 'create'; readonly item: Draft; readonly firstRev?: number; readonly refuse?: Refusal }
  /** Writes the next state of an item read before; its condition is that `rev` is still `ifRev`. */
  | { readonly op: 'replace'; readonly item: Draft; readonly ifRev: number; readonly refuse?: Refusal }
  /** Writes whatever stands there. Only for what is derived anew each time and has no other writer. */
  | { readonly op: 'put'; readonly item: Draft }
  | { readonly op: 'delete'; readonly key: Key; readonly ifRev?: number; readonly refuse?: Refusal }
  /**
   * Adds to numbers in `data` (made at 0 if absent), without reading; concurrent adds all count. `set` writes other members of `data`. `unless` names a number
   * in `data` that must not be there: whoever writes it closes the item to such additions.
   */
  | {
      readonly op: 'add';
      readonly key: Key;
      readonly kind: string;
      readonly numbers: Readonly<Record<string, number>>;
      readonly set?: Readonly<Record<string, unknown>>;
      readonly unless?: string;
    }
  /**
   * Writes the members of `data` that are given, and all that do not lie apart, of an item that is there, without its `rev` being known. `expect`
   * is what some of the members that lie apart, numbers among them, must be; undefined: absent.
   */
  | {
      readonly op: 'amend';
      readonly item: Draft;
      readonly expect: Readonly<Record<string, unknown>>;
      readonly refuse?: Refusal;
    }
  /**
   * Holds the transaction to what was read: the item is there at this `rev` (`number`), there (`'present'`) or not there (`'absent'`); or there is
   * no such number in `data`, be the item there or not.
   */
  | {
      readonly op: 'check';
      readonly key: Key;
      readonly expect: number | 'present' | 'absent' | { readonly without: string };
      readonly refuse?: Refusal;
    };

/** An event to be said if and only if the transaction commits. It becomes an item of the subject's collection. */
export interface EventDraft {
  readonly contract: EventContract;
  /** Partition key of the subject's item collection in the source's prefix, where the event is kept as its timeline. */
  readonly collection: string;
  readonly subject: string;
  /** Number of this event among those of this source about this subject, from 1. */
  readonly sequence: number;
  readonly data: unknown;
  /** Days after which it goes by itself; absent: it stays. */
  readonly keptDays?: number;
  /** Partitions of indexes in which it is listed too, in order of time; each takes a write unit for each KB. */
  readonly lists?: { readonly [I in IndexName]?: string };
}

/** What an outbox event's item carries in `data`; the relay puts it on the bus as it stands. */
export interface OutboxEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: { readonly metadata: EventMetadata; readonly data: unknown };
}

/** One use case's whole effect. At most 100 writes and events together, 4 MB (DynamoDB's limits). */
export interface Transaction {
  readonly writes: readonly Write[];
  readonly events?: readonly EventDraft[];
}

/** Who and what an effect comes from; stamped into each event's metadata. */
export interface Provenance {
  readonly service: ServiceName;
  /** `key:<id>`, `user:<subject>` (of an access token), `form:<id>`, `system:<service>`, `automation:<source>`. */
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly now: string;
}
