import type { Reader } from '#runtime/unit-of-work.ts';
import { counterShards, partition, shardOf } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import type { Totals } from '../domain/board.ts';
import { additions } from '../domain/counters.ts';
import type { DealRecord } from '../domain/deal.ts';

/** Partitions that the 16 shards of a pipeline's counters lie in: 4 queries read them all, 4,000 writes/s fit. */
const partitions = 4;

const countersOf = (pipelineId: string, group: number): string => partition('deals', 'board', pipelineId, String(group));

/** Brings the counters from what the deal was to what it is, in the deal's shard: one write for each row it leaves or enters. */
export const counterWrites = (dealId: string, before: DealRecord | undefined, after: DealRecord | undefined): Write[] => {
  const shard = shardOf(dealId, counterShards);
  return additions(before, after).map(({ pipelineId, row, numbers }) => ({
    op: 'add',
    key: { pk: countersOf(pipelineId, shard % partitions), sk: `${row}#${shard}` },
    kind: 'board-counter',
    numbers,
  }));
};

/** All counters of a pipeline. What it reads grows with stages and currencies, not with deals. */
export const readTotals = async (table: Reader, pipelineId: string): Promise<Totals> => {
  const groups = await Promise.all(
    Array.from({ length: partitions }, (_, group) =>
      table.query<Record<string, unknown>>({ partition: countersOf(pipelineId, group), limit: 1_000, consistent: true }),
    ),
  );
  const totals = new Map<string, Record<string, number>>();
  for (const { sk, data } of groups.flatMap(({ items }) => items)) {
    const row = sk.slice(0, sk.lastIndexOf('#'));
    const sums = totals.get(row) ?? {};
    for (const [name, value] of Object.entries(data)) if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
    totals.set(row, sums);
  }
  return totals;
};
