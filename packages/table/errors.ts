import type { Item } from './item.ts';

/** What was read has been overtaken: a condition failed and nobody claimed the refusal. Read again and decide anew. */
export class StaleRead extends Error {
  override readonly name = 'StaleRead';
}

/** The transaction's guard (idempotency record, inbox mark, job step) stands already: this effect has happened. */
export class AlreadyDone extends Error {
  override readonly name = 'AlreadyDone';
  readonly standing: Item;

  constructor(standing: Item) {
    super(`already done: ${standing.kind}`);
    this.standing = standing;
  }
}

/**
 * DynamoDB conflicted, throttled or failed at every try. After a `commit` the effect may or may not have happened; doing it again under
 * the same guard is safe. HTTP: 503 with Retry-After.
 */
export class TableBusy extends Error {
  override readonly name = 'TableBusy';
}

/** Over DynamoDB's limits: 100 operations or 4 MB in a transaction, 400 KB in an item. */
export class TransactionTooLarge extends Error {
  override readonly name = 'TransactionTooLarge';
}

/** A transaction that can never be right: a foreign or repeated key, an event that breaks its contract. A defect of the caller. */
export class InvalidTransaction extends Error {
  override readonly name = 'InvalidTransaction';
}

/** A cursor that was not given out by us for this very query. HTTP: 400. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}
