import { compareKeys } from './range.ts';

/** One shard's next candidates in order, and how to go on from there; `rest` undefined when it has no more. */
export interface Chunk<C, Start> {
  readonly candidates: readonly C[];
  readonly rest: Start | undefined;
}

export interface MergeQuery<C, Start> {
  /** Reads about `size` candidates of a shard, in order. */
  readonly read: (shard: string, size: number, start: Start | undefined) => Promise<Chunk<C, Start>>;
  readonly shards: readonly string[];
  readonly positionOf: (candidate: C) => string;
  readonly descending: boolean;
  readonly limit: number;
  readonly keep: (candidate: C) => boolean;
  /** True when `keep` may turn down many: reads ahead further each time. */
  readonly filtered: boolean;
  readonly budget: number;
}

interface Stream<C, Start> {
  readonly shard: string;
  ahead: C[];
  start: Start | undefined;
  ended: boolean;
}

/**
 * A shard's share of `wanted` candidates and two standard deviations more (ids spread binomially), so that a second read is rare and
 * reading `wanted` from each shard unnecessary.
 */
export const shareOf = (wanted: number, shards: number): number => {
  const mean = wanted / shards;
  return Math.min(wanted + 1, Math.ceil(mean + 2 * Math.sqrt(mean * (1 - 1 / shards))) + 1);
};

/**
 * Merges shards that are each in order into one page. Looks at `budget` candidates at most, and reads few more than it looks at.
 * `next` is the position of the last candidate looked at: whatever follows it in order was not looked at, whatever precedes it was.
 */
export const mergeShards = async <C, Start>(query: MergeQuery<C, Start>): Promise<{ items: C[]; next: string | undefined }> => {
  const { read, positionOf, limit, keep, filtered } = query;
  const budget = Math.max(query.budget, limit);
  const streams = query.shards.map((shard): Stream<C, Start> => ({ shard, ahead: [], start: undefined, ended: false }));
  const sign = query.descending ? -1 : 1;
  const items: C[] = [];
  let looked = 0;
  let position: string | undefined;
  let growth = 1;

  const refill = async (chosen: readonly Stream<C, Start>[], size: number): Promise<void> => {
    await Promise.all(
      chosen.map(async (stream) => {
        const chunk = await read(stream.shard, size, stream.start);
        stream.ahead.push(...chunk.candidates);
        stream.start = chunk.rest;
        stream.ended = chunk.rest === undefined;
      }),
    );
  };

  const refillEmpty = async (): Promise<void> => {
    // A read may come back empty without being the last (what it found was out of range).
    for (;;) {
      const empty = streams.filter((stream) => stream.ahead.length === 0 && !stream.ended);
      if (empty.length === 0) return;
      const most = shareOf(budget - looked, streams.length);
      const size = Math.min(most, shareOf(limit - items.length, streams.length) * growth);
      if (filtered) growth *= 2;
      // Shards run dry at about the same time: those that are low are read in the same round.
      const low = filtered ? streams.filter((stream) => !stream.ended && stream.ahead.length < size / 4) : empty;
      await refill(low, Math.max(size, 1));
    }
  };

  const takeFirst = (): C | undefined => {
    let first: Stream<C, Start> | undefined;
    let firstKey = '';
    for (const stream of streams) {
      const head = stream.ahead[0];
      if (head === undefined) continue;
      const key = positionOf(head);
      if (first === undefined || sign * compareKeys(key, firstKey) < 0) {
        first = stream;
        firstKey = key;
      }
    }
    return first?.ahead.shift();
  };

  while (items.length < limit && looked < budget) {
    await refillEmpty();
    const candidate = takeFirst();
    if (candidate === undefined) return { items, next: undefined };
    looked += 1;
    position = positionOf(candidate);
    if (keep(candidate)) items.push(candidate);
  }
  return { items, next: (await anyLeft()) ? position : undefined };

  async function anyLeft(): Promise<boolean> {
    for (;;) {
      if (streams.some((stream) => stream.ahead.some(keep))) return true;
      const open = streams.filter((stream) => !stream.ended);
      if (open.length === 0) return false;
      // Behind a filter, finding out may take as long as the page did: the next page does it.
      if (filtered) return true;
      await refill(open, 1);
    }
  }
};
