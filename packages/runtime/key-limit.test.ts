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
    // The window's opener may still have a twentieth that it paid for before.
    const second = await admitted(all, limit * 5, limit);
    expect(second).toBeGreaterThanOrEqual(limit);
    expect(second).toBeLessThanOrEqual(limit * 1.5);
  });

  it('is not exceeded by requests at one moment', async () => {
    const edge = testEdge();
    const all = instances(10, edge);
    const answers = await Promise.all(Array.from({ length: 10 }, () => all.map((one) => one.admit(id, 20))).flat());
    expect(answers.filter(({ admitted: one }) => one)).toHaveLength(20);
  });

  it('never gives more than one and a half of it in a second to any number of instances, and no more than it in the long run', async () => {
    const edge = testEdge();
    const limit = 40;
    const all = instances(25, edge);
    let total = 0;
    const seconds = 60;
    for (let second = 0; second < seconds; second += 1) {
      // Quiet for a while, so that instances keep tokens, then a burst, again and again.
      const requests = second % 12 < 10 ? 1 : 200;
      let count = 0;
      for (let n = 0; n < requests; n += 1) if ((await all[(second + n) % 25]?.admit(id, limit))?.admitted) count += 1;
      expect(count).toBeLessThanOrEqual(limit * 1.5);
      total += count;
      edge.clock.advance(1_000);
    }
    expect(total).toBeLessThanOrEqual(limit * seconds);
  });

  it('costs few writes at full speed, none to refuse, and one for several requests of a caller at leisure', async () => {
    const edge = testEdge();
    const [one] = instances(1, edge);
    if (one === undefined) throw new Error('no instance');
    const calls = async (work: () => Promise<unknown>) => {
      const before = edge.table.consumed.calls;
      await work();
      return edge.table.consumed.calls - before;
    };
    expect(await calls(() => admitted([one], 100, 100))).toBeLessThanOrEqual(25);
    expect(await calls(() => admitted([one], 1_000, 100))).toBe(0);
    edge.clock.advance(60_000);
    const leisurely = async () => {
      for (let n = 0; n < 60; n += 1) {
        await one.admit(id, 100);
        edge.clock.advance(1_000);
      }
    };
    expect(await calls(leisurely)).toBeLessThanOrEqual(10);
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
