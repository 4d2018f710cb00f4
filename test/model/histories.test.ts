import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Item } from '#table/item.ts';
import { differencesOf } from '../verify/all.ts';
import { acts } from './acts.ts';
import { openWorld, type World } from './world.ts';

/** One act of somebody: which, and three numbers that say on what and with what. */
type Act = readonly [string, number, number, number];

const act = fc.tuple(
  fc.oneof(...Object.entries(acts).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) }))),
  fc.nat({ max: 999 }),
  fc.nat({ max: 999 }),
  fc.nat({ max: 999 }),
);

/** Somebody who does these things one after the other; refusals are part of life. */
const actorOf = (world: World, history: readonly Act[]) => async (): Promise<void> => {
  for (const [name, a, b, c] of history) {
    const answer = await acts[name]?.[1](world, a, b, c);
    expect(answer?.status, JSON.stringify([name, answer?.body])).toBeLessThan(500);
  }
};

/** `HISTORIES=100` plays as many; without it as many as fit into some fifteen seconds, four at most. */
const wanted = Number(process.env.HISTORIES ?? 0);
const enough = (): number => (wanted > 0 ? Number.POSITIVE_INFINITY : performance.now() + 12_000);

test('every counter, lock and link of every service says what the records say, after any history of several people at once', async () => {
  const until = enough();
  let played = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(act, { minLength: 25, maxLength: 40 }), { minLength: 4, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      async (histories, order) => {
        if (performance.now() > until) return;
        const world = await openWorld((n) => (order.next().value ?? 0) % Math.max(n, 1));
        try {
          await world.live(histories.map((history) => actorOf(world, history)));
          world.advance(60_000);
          await world.live([world.sweep]);
          expect(differencesOf(await world.items())).toEqual([]);
          played += 1;
        } finally {
          await world.stop();
        }
      },
    ),
    // Who comes first differs from run to run, so a history that failed is not looked for a smaller one.
    { numRuns: wanted || 4, endOnFailure: true },
  );
  expect(played).toBeGreaterThan(0);
}, 3_600_000);

/** One of each kind of what is recomputed. */
const story: readonly Act[] = [
  ['account', 0, 0, 0],
  ['contact', 0, 0, 0],
  ['capture', 1, 1, 1],
  ['capture', 1, 1, 2],
  ['capture', 1, 2, 1],
  ['importFile', 5, 5, 0],
  ['qualify', 0, 1, 0],
  ['deal', 0, 1, 1],
  ['giveDeal', 0, 0, 1],
  ['interaction', 0, 0, 0],
  ['task', 0, 0, 0],
  ['quote', 0, 5, 0],
  ['invoice', 0, 5, 0],
  ['pay', 0, 5, 5],
  ['win', 0, 0, 0],
  ['deal', 0, 2, 2],
];

type Members = Readonly<Record<string, unknown>>;

/** Its numbers one too many, and somebody else's. */
const tampered = (data: Members): Members =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (typeof value === 'number') return [name, value + 1];
      return [name, typeof value === 'string' ? value.replace(/.$/, (last) => (last === '0' ? '1' : '0')) : value];
    }),
  );
/** What is recomputed, by kind, and how it is tampered with; what is no record of its own may be missing, too. */
const derived: Readonly<Record<string, (data: Members) => Members>> = {
  'source-counter': tampered,
  funnel: tampered,
  'open-lead': () => ({ by: 'somebody' }),
  'account-counters': tampered,
  'contact-email': tampered,
  'account-claim': tampered,
  'interaction-counters': tampered,
  'interaction-external': tampered,
  'board-counter': tampered,
  'forecast-counter': tampered,
  'owner-forecast-counter': tampered,
  'closings-counter': tampered,
  'task-locator': tampered,
  number: tampered,
};
const records: typeof derived = {
  identity: (data) => ({ ...data, leadId: 'lead_01J00000000000000000000000' }),
  import: (data) => ({ ...data, rejected: 7 }),
  lead: (data) => ({ ...data, lead: { ...(data.lead as Members), touches: 7 } }),
  invoice: (data) => ({ ...data, invoice: { ...(data.invoice as Members), paid: { amount: 7, currency: 'EUR' } } }),
};

test("whatever is tampered with is named: a counter one too high, a lock that is missing or is somebody else's", async () => {
  const world = await openWorld((n) => Math.max(n - 1, 0));
  try {
    for (const one of story) await world.live([actorOf(world, [one])]);
    const items = await world.items();
    expect(differencesOf(items)).toEqual([]);
    const named = (changed: readonly Item[], { pk, sk }: Item): boolean =>
      differencesOf(changed).some((difference) => difference.sk === sk && pk.startsWith(difference.pk));
    const seen = new Set<string>();
    for (const item of items) {
      const data = item.data as Members;
      const change = derived[item.kind] ?? records[item.kind];
      if (change === undefined) continue;
      const others = items.filter((other) => other !== item);
      expect(named([...others, { ...item, data: change(data) }], item), `${item.kind} changed`).toBe(true);
      // A counter of nothing may as well not be there.
      const isNothing = Object.keys(data).length > 0 && Object.values(data).every((value) => value === 0);
      if (derived[item.kind] && !isNothing) expect(named(others, item), `${item.kind} removed`).toBe(true);
      seen.add(item.kind);
    }
    expect([...seen].sort()).toEqual([...Object.keys(derived), ...Object.keys(records)].sort());
  } finally {
    await world.stop();
  }
}, 30_000);
