import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeShards, shareOf } from './merge.ts';
import { compareKeys } from './range.ts';

interface Candidate {
  readonly key: string;
  readonly wanted: boolean;
}

/** Shards held in memory, each in order, that count what is read. */
const library = (candidates: readonly Candidate[], shards: number, place: (i: number) => number, descending: boolean) => {
  const sign = descending ? -1 : 1;
  const ordered = (all: readonly Candidate[]) => all.toSorted((a, b) => sign * compareKeys(a.key, b.key));
  const contents = Array.from({ length: shards }, (_, shard) => ordered(candidates.filter((_c, i) => place(i) === shard)));
  const count = { read: 0, rounds: 0 };
  const page = (limit: number, after: string | undefined, filtered: boolean, budget: number) =>
    mergeShards<Candidate, number>({
      read: async (shard, size, start = 0) => {
        const rows = (contents[Number(shard)] ?? []).filter(({ key }) => after === undefined || sign * compareKeys(key, after) > 0);
        const found = rows.slice(start, start + size);
        count.read += found.length;
        count.rounds += 1;
        // As DynamoDB: a read that ends with the last row does not know yet that it is the last.
        return { candidates: found, rest: found.length < size ? undefined : start + size };
      },
      shards: contents.map((_, shard) => String(shard)),
      positionOf: ({ key }) => key,
      descending,
      limit,
      keep: ({ wanted }) => !filtered || wanted,
      filtered,
      budget,
    });
  return { page, count, ordered };
};

const candidates = fc.uniqueArray(fc.record({ key: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), wanted: fc.boolean() }), {
  selector: ({ key }) => key,
  maxLength: 120,
});

describe('a merged list', () => {
  test('walked page by page is the sorted whole, whatever the shards, filter, limits, budgets: nothing lost, nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        candidates,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (all, shards, places, descending, filtered, limits, budget) => {
          const { page, ordered } = library(all, shards, (i) => (places[i % places.length] ?? 0) % shards, descending);
          const walked: Candidate[] = [];
          let after: string | undefined;
          for (let i = 0; ; i += 1) {
            const limit = limits[i % limits.length] ?? 1;
            const { items, next } = await page(limit, after, filtered, budget);
            expect(items.length).toBeLessThanOrEqual(limit);
            if (!filtered && next !== undefined) expect(items).toHaveLength(limit);
            walked.push(...items);
            if (next === undefined) break;
            after = next;
          }
          expect(walked).toEqual(ordered(all).filter(({ wanted }) => !filtered || wanted));
        },
      ),
      { numRuns: 500, seed: 20261122 },
    );
  });

  test('ends with its last full page: there is no empty page after it', async () => {
    for (const size of [0, 1, 24, 25, 26, 50]) {
      const all = Array.from({ length: size }, (_, i) => ({ key: String(i).padStart(4, '0'), wanted: true }));
      const { page } = library(all, 4, (i) => i % 4, false);
      const { items, next } = await page(25, undefined, false, 1000);
      expect(items).toHaveLength(Math.min(size, 25));
      expect(next === undefined).toBe(size <= 25);
    }
  });
});

describe('reads are bounded', () => {
  const many = (size: number, wanted: (i: number) => boolean) =>
    Array.from({ length: size }, (_, i) => ({ key: String(i).padStart(6, '0'), wanted: wanted(i) }));
  // Ids hash to shards as if by chance.
  const scattered = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 30;

  test('by the page, not by what is stored: 25 of 20,000 are found among at most 60 candidates', async () => {
    const { page, count } = library(
      many(20_000, () => true),
      4,
      scattered,
      true,
    );
    expect((await page(25, undefined, false, 1000)).items).toHaveLength(25);
    expect(count.read).toBeLessThanOrEqual(60);
    expect(count.rounds).toBeLessThanOrEqual(5);
  });

  test('by the budget behind a filter that keeps nothing: 1,000 are looked at, hardly more read', async () => {
    const { page, count } = library(
      many(20_000, () => false),
      4,
      scattered,
      false,
    );
    expect(await page(25, undefined, true, 1000)).toEqual({ items: [], next: '000999' });
    expect(count.read).toBeLessThanOrEqual(1200);
    expect(count.rounds).toBeLessThanOrEqual(32);
  });

  test('behind a filter that keeps one in ten: a page of 25 needs 250 candidates and reads fewer than twice as many', async () => {
    const { page, count } = library(
      many(20_000, (i) => i % 10 === 0),
      4,
      scattered,
      false,
    );
    expect((await page(25, undefined, true, 1000)).items).toHaveLength(25);
    expect(count.read).toBeLessThanOrEqual(500);
  });

  test('for any filter, limit and budget: by the budget, and a margin for each shard', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 10, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 8 }),
        async (limit, budget, oneIn, shards) => {
          const { page, count } = library(
            many(3000, (i) => i % oneIn === 0),
            shards,
            (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 16) % shards,
            true,
          );
          await page(limit, undefined, true, budget);
          const most = Math.max(budget, limit);
          expect(count.read).toBeLessThanOrEqual(most + 2 * shards * shareOf(most, shards) - most);
        },
      ),
      { numRuns: 200, seed: 20261122 },
    );
  });
});
