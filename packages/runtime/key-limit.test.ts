import { describe, expect, it } from 'vitest';
import { testEdge } from '#testing/unit.ts';
import type { Edge } from './edge.ts';
import { keyLimit } from './key-limit.ts';

const id = 'key_01KBBBBBBBBBBBBBBBBBBBBBBB';

/** Instances of functions, each with a memory of its own, on one table and clock. */
const instances = (count: number, edge: Edge) => Array.from({ length: count }, () => keyLimit(edge));

/** How many of so many requests are admitted, which go round the instances. */
const admitted = async (limits: readonly ReturnType<typeof keyLimit>[], requests: number, limit: number): Promise<number> => {
  let count = 0;
  for (let n = 0; n < requests; n += 1) if ((await limits[n % limits.length]?.admit(id, limit))?.admitted) count += 1;
  return count;
};

describe("a key's limit", () => {
  it.each([1, 7, 10, 50, 1_000])('of %i a second is what a burst over many instances is let through', async (limit) => {
    const edge = testEdge();
    const all = instances(15, edge);
    expect(await admitted(all, limit * 5, limit)).toBe(limit);
    edge.clock.advance(1_000);
    expect(await admitted(all, limit * 5, limit)).toBe(limit);
  });

  it('is not exceeded by requests at one moment', async () => {
    const edge = testEdge();
    const all = instances(10, edge);
    const answers = await Promise.all(Array.from({ length: 10 }, () => all.map((one) => one.admit(id, 20))).flat());
    expect(answers.filter(({ admitted: one }) => one)).toHaveLength(20);
  });

  it.each([4, 10, 40, 100])(
    'of %i gives a quarter more at most, in seconds after quiet ones, to any number of instances',
    async (limit) => {
      const edge = testEdge();
      const all = instances(25, edge);
      const counts: number[] = [];
      for (let second = 0; second < 60; second += 1) {
        // Quiet for ten seconds, then a burst at all of them for three, again and again.
        const requests = second % 13 < 10 ? 2 : limit * 8;
        let count = 0;
        for (let n = 0; n < requests; n += 1) if ((await all[(second + n) % 25]?.admit(id, limit))?.admitted) count += 1;
        if (requests > 2) counts.push(count);
        edge.clock.advance(1_000);
      }
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(limit);
      expect(Math.max(...counts)).toBeGreaterThan(limit);
      expect(Math.max(...counts)).toBeLessThanOrEqual(limit * 1.25);
    },
  );

  it('costs few writes at full speed, and none to refuse', async () => {
    const edge = testEdge();
    const all = instances(1, edge);
    const before = edge.table.consumed.calls;
    expect(await admitted(all, 100, 100)).toBe(100);
    const afterwards = edge.table.consumed.calls;
    expect(afterwards - before).toBeLessThanOrEqual(25);
    expect(await admitted(all, 1_000, 100)).toBe(0);
    expect(edge.table.consumed.calls).toBe(afterwards);
  });

  it.each([4, 10, 100, 1_000])('of %i costs a caller at leisure a write for each four requests at most', async (limit) => {
    const edge = testEdge();
    const all = instances(1, edge);
    let count = 0;
    for (let n = 0; n < 200; n += 1) {
      count += await admitted(all, 1, limit);
      edge.clock.advance(1_000);
    }
    expect(count).toBe(200);
    expect(edge.table.consumed.calls).toBeLessThanOrEqual(50);
  });

  it('tells what remains, and when it refuses that a second is enough to wait', async () => {
    const edge = testEdge();
    const limits = keyLimit(edge);
    const first = await limits.admit(id, 2);
    expect(first).toEqual({ admitted: true, limit: { policy: 'key', limit: 2, windowSeconds: 1, remaining: 1, resetSeconds: 1 } });
    await limits.admit(id, 2);
    const refused = await limits.admit(id, 2);
    expect(refused).toMatchObject({ admitted: false, limit: { remaining: 0, resetSeconds: 1 } });
    edge.clock.advance(refused.limit.resetSeconds * 1_000);
    expect((await limits.admit(id, 2)).admitted).toBe(true);
  });

  it('lets through a tenth unasked while the table does not answer, and nobody waits for it twice in a window', async () => {
    const edge = testEdge();
    let asked = 0;
    const takeFromWindow = async () => {
      asked += 1;
      throw new Error('throttled');
    };
    const limits = keyLimit({ ...edge, table: { ...edge.table, takeFromWindow } });
    expect(await admitted([limits], 50, 30)).toBe(3);
    expect(asked).toBe(1);
    edge.clock.advance(1_000);
    expect((await limits.admit(id, 1)).admitted).toBe(true);
  });
});
