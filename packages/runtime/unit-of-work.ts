import type { IdKind } from '#contracts/core/ids.ts';
import { StaleRead, TableBusy } from '#table/errors.ts';
import type { Draft } from '#table/item.ts';
import type { Table } from '#table/table.ts';
import type { OutboxEvent, Provenance, Transaction } from '#table/transaction.ts';
import type { Answer } from './answer.ts';
import type { Edge } from './edge.ts';
import { newId } from './new-id.ts';

/** What a use case may read: its own records, and foreign ones it declared. */
export type Reader = Pick<Table, 'get' | 'getMany' | 'getTogether' | 'query' | 'list'>;

export interface Effect extends Transaction {
  /** HTTP: what the caller is told. It is stored for replay, in the same transaction, when the caller sent an `Idempotency-Key`. */
  readonly answer?: Answer;
  /** Events: the item whose standing means "done before"; replaces the inbox mark. A timeline copy keyed by the event's id is one. */
  readonly guard?: Draft;
  /** Events: the records written tell by themselves that this was done before; no inbox mark is paid for. */
  readonly unmarked?: boolean;
}

/**
 * One read-decide-commit. When what was read has changed by the time of the commit, the whole use case is run again (20 times at most), so
 * it must keep nothing between runs. It commits at most once; after a refused commit, which wrote nothing, it may try another.
 */
export interface UnitOfWork {
  /** RFC 3339 UTC with milliseconds; the same in each run. */
  readonly now: string;
  /** `key:<id>`, `user:<subject>` (of an access token), `form:<id>`, `system:<service>`, `automation:<source>`. */
  readonly actor: string;
  readonly correlationId: string;
  /** The request or event that this follows from. */
  readonly causationId: string;
  /** A new id of that kind; later ones sort after earlier ones. */
  newId(kind: IdKind): string;
  readonly table: Reader;
  /** Writes everything or nothing: the effect, its events, and the idempotency record or inbox mark. */
  commit(effect: Effect): Promise<readonly OutboxEvent[]>;
  /**
   * One step of a job: a unit of its own with a `now` of its own, run anew by itself, done before this unit commits. Its transaction must
   * carry the mark of the step, as `guard` or as the job's record at a `rev`: the job may be cut short and begin again.
   *
   * @throws {AlreadyDone} when the step's guard stands.
   */
  step<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;
}

// Forty at once who change one record take about forty rounds, and each round lets one through.
const mostRuns = 20;
/** Milliseconds; the wait before run n is anything up to `firstWait * 2^n`, and never longer than `longestWait`. */
const firstWait = 10;
const longestWait = 640;

export interface UnitOptions {
  readonly edge: Edge;
  readonly provenance: Provenance;
  /** The item that, once it stands, means that this was done before; it goes into the transaction. */
  readonly guardOf: (effect: Effect) => Draft | undefined;
}

const unitOf = ({ edge, provenance, guardOf }: UnitOptions): UnitOfWork => {
  let committed = false;
  return {
    now: provenance.now,
    actor: provenance.actor,
    correlationId: provenance.correlationId,
    causationId: provenance.causationId,
    newId: (kind) => newId(kind, edge.now()),
    table: edge.table,
    commit: async (effect) => {
      if (committed) throw new TypeError('a unit of work commits once');
      const guard = guardOf(effect);
      const events = await edge.table.commit(
        { writes: effect.writes, ...(effect.events === undefined ? {} : { events: effect.events }) },
        provenance,
        guard === undefined ? undefined : { guard },
      );
      // A refused commit wrote nothing: the use case may decide anew upon what stood in its way.
      committed = true;
      return events;
    },
    step: (work) =>
      runUnit({ edge, provenance: { ...provenance, now: new Date(edge.now()).toISOString() }, guardOf: (effect) => effect.guard }, work),
  };
};

/**
 * Runs a use case, and again when what it had read was stale by the time of its commit.
 *
 * @throws {TableBusy} when others were faster 20 times.
 */
export const runUnit = async <T>(options: UnitOptions, useCase: (unit: UnitOfWork) => Promise<T>): Promise<T> => {
  for (let run = 0; run < mostRuns; run += 1) {
    if (run > 0) await options.edge.sleep(options.edge.random() * Math.min(longestWait, firstWait * 2 ** run));
    try {
      return await useCase(unitOf(options));
    } catch (error) {
      if (!(error instanceof StaleRead)) throw error;
    }
  }
  throw new TableBusy(`stale at each of ${mostRuns} runs`);
};
