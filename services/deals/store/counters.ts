import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item, Key } from '#table/item.ts';
import { counterShards, partition, shardOf } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import type { Totals } from '../domain/board.ts';
import { additions, closedRow, type Family, noMonth, type Row } from '../domain/counters.ts';
import type { DealRecord } from '../domain/deal.ts';
import { type Stretch, stretchesOf } from '../domain/reports.ts';

/** Of the 16 shards, those of a row lie in 4 partitions: 4 queries read them all, 4,000 writes/s fit. An owner writes less. */
const layouts: Readonly<Record<Family, { readonly shards: number; readonly partitions: number }>> = {
  board: { shards: counterShards, partitions: 4 },
  forecast: { shards: counterShards, partitions: 4 },
  'owner-forecast': { shards: 4, partitions: 1 },
  closings: { shards: counterShards, partitions: 4 },
};

const partitionOf = (family: Family, of: string, group: number): string =>
  partition('deals', family, ...(of === '' ? [] : [of]), String(group));

const counterKey = ({ family, of, row }: Row, shard: number): Key => {
  const { shards, partitions } = layouts[family];
  return { pk: partitionOf(family, of, shard % partitions), sk: `${row}#${shard % shards}` };
};

const kindOf = (family: Family): string => `${family}-counter`;

/** A number that closes the row of a stage that is no more: no deal can enter it again. */
export const closed = 'closed';

/** Brings the counters from what the deal was to what it is, in the deal's shard: one write for each row it leaves or enters. */
export const counterWrites = (dealId: string, before: DealRecord | undefined, after: DealRecord | undefined): Write[] => {
  const shard = shardOf(dealId, counterShards);
  return additions(before, after).map((addition) => {
    const { family, row, numbers } = addition;
    const isStage = family === 'board' && row !== closedRow;
    return { op: 'add', key: counterKey(addition, shard), kind: kindOf(family), numbers, ...(isStage ? { unless: closed } : {}) };
  });
};

const perRead = 1_000;

interface Bounds {
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
}

const readPartition = async (table: Reader, pk: string, bounds: Bounds, consistent: boolean) => {
  const found: Item<Record<string, unknown>>[] = [];
  let after: string | undefined;
  do {
    const { items, more } = await table.query<Record<string, unknown>>({
      partition: pk,
      ...bounds,
      limit: perRead,
      consistent,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...items);
    after = more ? items.at(-1)?.sk : undefined;
  } while (after !== undefined);
  return found;
};

/** Rows summed over their shards. What it reads grows with what is told apart (stages, months, currencies), not with deals. */
const readRows = async (table: Reader, family: Family, of: string, stretches: readonly Bounds[], consistent = false): Promise<Totals> => {
  const groups = Array.from({ length: layouts[family].partitions }, (_, group) => partitionOf(family, of, group));
  const read = await Promise.all(groups.flatMap((pk) => stretches.map((bounds) => readPartition(table, pk, bounds, consistent))));
  const totals = new Map<string, Record<string, number>>();
  for (const { sk, data } of read.flat()) {
    const row = sk.slice(0, sk.lastIndexOf('#'));
    const sums = totals.get(row) ?? {};
    for (const [name, value] of Object.entries(data)) if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
    totals.set(row, sums);
  }
  return totals;
};

/** All counters of a pipeline's board. */
export const readTotals = (table: Reader, pipelineId: string): Promise<Totals> => readRows(table, 'board', pipelineId, [{}], true);

/** Counters of the forecast from month to month (inclusive, open where undefined), and of deals without a month in any case. */
export const readForecast = (
  table: Reader,
  { owner, from, to }: { readonly owner: string | undefined; readonly from: string | undefined; readonly to: string | undefined },
): Promise<Totals> => {
  const until = to === undefined ? {} : { to: `${to}#~` };
  const stretches = from === undefined ? [until] : [{ from, ...until }, { prefix: `${noMonth}#` }];
  return owner === undefined ? readRows(table, 'forecast', '', stretches) : readRows(table, 'owner-forecast', owner, stretches);
};

/** Counters of the deals closed from date to date (inclusive, open where undefined). */
export const readClosings = (table: Reader, from: string | undefined, to: string | undefined): Promise<Totals> => {
  const stretches: readonly Stretch[] = stretchesOf(from, to);
  return readRows(table, 'closings', '', stretches);
};

/** Stages that one transaction can close: each takes 16 writes, of 100. */
export const mostStagesClosed = 6;

/**
 * Writes that close the counters of stages, so that no deal can enter them however it read the pipeline before: entering a stage adds to its row unless that is
 * closed, and closing is held to the rows having been empty. Undefined while an open deal is in one of them.
 */
export const closeStages = async (table: Reader, pipelineId: string, stageIds: readonly string[]): Promise<Write[] | undefined> => {
  const keys = stageIds.flatMap((row) =>
    Array.from({ length: counterShards }, (_, shard) => counterKey({ family: 'board', of: pipelineId, row }, shard)),
  );
  const items = keys.length === 0 ? [] : await table.getMany<Record<string, unknown>>(keys);
  if (items.some((item) => item !== undefined && item.data.count !== undefined && item.data.count !== 0)) return undefined;
  return keys.map((key, i): Write => {
    const standing = items[i];
    const item = { ...key, kind: kindOf('board'), data: { ...standing?.data, [closed]: 1 } };
    return standing ? { op: 'replace', item, ifRev: standing.rev } : { op: 'create', item };
  });
};
