import * as z from 'zod/mini';
import type { Reader } from '#runtime/unit-of-work.ts';
import { counterShards, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { countsOf, type Milestones } from '../domain/funnel.ts';

const base = 'qualification#funnel';

/** What a lead's newly reached steps add to the counters of the day, UTC, on which it was captured. */
export const funnelCounts = (leadId: string, capturedAt: string, before: Milestones, after: Milestones): Write[] => {
  const numbers = countsOf(before, after);
  if (Object.keys(numbers).length === 0) return [];
  return [{ op: 'add', key: { pk: shardPartition(base, leadId, counterShards), sk: capturedAt.slice(0, 10) }, kind: 'funnel', numbers }];
};

const Counter = z.record(z.string(), z.number());

/** The counters of the days from `from` to `to`, both included; whole months may be named too. Its cost grows with the days. */
export const readFunnel = async (table: Reader, { from, to }: { from?: string; to?: string }): Promise<Record<string, number>[]> => {
  const shards = await Promise.all(
    shardPartitions(base, counterShards).map((partition) =>
      table.query({ partition, from: from ?? '0', to: `${to ?? '9'}~`, limit: 10_000 }),
    ),
  );
  return shards.flatMap(({ items }) => items.map(({ data }) => Counter.parse(data)));
};

/** Adds to one counter as one write: a transaction takes an item once. */
export const mergedAdds = (writes: readonly Write[]): Write[] => {
  const adds = new Map<string, Extract<Write, { op: 'add' }>>();
  for (const write of writes) {
    if (write.op !== 'add') continue;
    const name = `${write.key.pk} ${write.key.sk}`;
    const numbers = { ...adds.get(name)?.numbers };
    for (const [counter, number] of Object.entries(write.numbers)) numbers[counter] = (numbers[counter] ?? 0) + number;
    adds.set(name, { ...write, numbers });
  }
  return [...writes.filter(({ op }) => op !== 'add'), ...adds.values()];
};
