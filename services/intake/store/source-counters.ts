import type { Reader } from '#runtime/unit-of-work.ts';
import { counterShards, partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { type Counted, type Origin, summed } from '../domain/attribution.ts';
import { digestOf } from '../domain/canonical.ts';

const base = partition('intake', 'sources');
const pageSize = 500;

/** Adds to the counters. Sums are read over all shards, so one transaction may use one shard for all its leads: that of `shardBy`. */
export const counterWrites = (counted: readonly Counted[], shardBy: string): Write[] =>
  summed(counted).map(({ day, origin, numbers }) => ({
    op: 'add',
    key: { pk: shardPartition(base, shardBy, counterShards), sk: `${day}#${digestOf(origin.source, origin.campaign ?? '')}` },
    kind: 'source-counter',
    numbers,
    set: { source: origin.source, campaign: origin.campaign },
  }));

/** What a counter's item says. */
export interface SourceCounter {
  readonly origin: Origin;
  readonly numbers: ReadonlyMap<string, number>;
}

const counterOf = (data: Readonly<Record<string, unknown>>): SourceCounter => {
  const { source, campaign, ...rest } = data;
  const numbers = Object.entries(rest).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : []));
  return {
    origin: { source: String(source), ...(typeof campaign === 'string' ? { campaign } : {}) },
    numbers: new Map(numbers),
  };
};

const readShard = async (table: Reader, shard: string, from: string | undefined, to: string | undefined): Promise<SourceCounter[]> => {
  const found: SourceCounter[] = [];
  let after: string | undefined;
  do {
    const { items, more } = await table.query<Readonly<Record<string, unknown>>>({
      partition: shard,
      limit: pageSize,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to: `${to}\u{10ffff}` }),
      ...(after === undefined ? {} : { after }),
    });
    found.push(...items.map(({ data }) => counterOf(data)));
    after = more ? items.at(-1)?.sk : undefined;
  } while (after !== undefined);
  return found;
};

/** Counters of leads captured on these days, both inclusive. */
export const readCounters = async (table: Reader, from: string | undefined, to: string | undefined): Promise<SourceCounter[]> =>
  (await Promise.all(shardPartitions(base, counterShards).map((shard) => readShard(table, shard, from, to)))).flat();
