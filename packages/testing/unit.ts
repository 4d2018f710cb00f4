import type { ServiceName } from '#contracts/core/event.ts';
import type { Edge } from '#runtime/edge.ts';
import { runUnit, type UnitOfWork } from '#runtime/unit-of-work.ts';
import { type MemoryTable, memoryTable } from './memory-table.ts';

/** A Sunday evening, in milliseconds since 1970. */
export const testNow = Date.parse('2026-11-22T18:18:42.000Z');

/** A clock that stands still until it is moved. */
export interface TestClock {
  readonly now: () => number;
  /** Moves on by milliseconds. */
  readonly advance: (milliseconds: number) => void;
}

export const testClock = (start = testNow): TestClock => {
  let at = start;
  return {
    now: () => at,
    advance: (milliseconds) => {
      at += milliseconds;
    },
  };
};

/** What a function stands on, without waiting, chance or a cloud. */
export interface TestEdge extends Edge {
  readonly table: MemoryTable;
  readonly clock: TestClock;
}

export const testSecret = 'a secret of the tests only';

export const testEdge = (start = testNow): TestEdge => {
  const clock = testClock(start);
  return {
    clock,
    table: memoryTable({ now: clock.now }),
    signingSecret: async () => testSecret,
    now: clock.now,
    random: () => 0.5,
    sleep: async () => undefined,
  };
};

export interface TestUnitOptions {
  readonly edge: Edge;
  readonly service: ServiceName;
  readonly actor?: string;
  readonly correlationId?: string;
}

/**
 * Runs a use case as the edge would, with its runs anew when it read what was stale. No idempotency record and no inbox mark: whoever tests
 * those calls the handler of `serveHttp` or `serveEvents`.
 */
export const runUseCase = async <T>({ edge, service, ...who }: TestUnitOptions, useCase: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
  runUnit(
    {
      edge,
      provenance: {
        service,
        actor: who.actor ?? 'key:key_01KBBBBBBBBBBBBBBBBBBBBBBB',
        correlationId: who.correlationId ?? 'req_test',
        causationId: who.correlationId ?? 'req_test',
        now: new Date(edge.now()).toISOString(),
      },
      guardOf: (effect) => effect.guard,
    },
    useCase,
  );
