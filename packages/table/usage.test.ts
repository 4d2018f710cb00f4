import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { memoryTable } from '#testing/memory-table.ts';
import { keyUsageKey } from './keys.ts';
import type { Table } from './table.ts';

let engine: TestTable;
beforeAll(async () => {
  engine = await openTestTable();
});
afterAll(async () => {
  await engine.stop();
});

const now = Date.parse('2026-11-22T18:18:42.000Z');
const fresh = (what: 'window' | 'last' = 'window') => keyUsageKey(`key_${randomUUID()}`, what);

it.each([
  ['the table', () => engine.open({ now: () => now })],
  ["the tests' table", () => memoryTable({ now: () => now })],
] as const)('%s: a window runs from the take that opens it, counts every take, and is then another', async (_, open) => {
  const table: Table = open();
  const key = fresh();
  const take = (at: number, amount = 1) => table.takeFromWindow({ key, amount, at, milliseconds: 1_000 });
  expect(await take(now, 3)).toEqual({ startedAt: now, taken: 3, opened: true });
  expect(await take(now + 999, 2)).toEqual({ startedAt: now, taken: 5, opened: false });
  expect(await take(now + 1_000)).toEqual({ startedAt: now + 1_000, taken: 1, opened: true });
  // A clock that is behind joins the window that runs.
  expect(await take(now + 900)).toEqual({ startedAt: now + 1_000, taken: 2, opened: false });
});

it('counts each take of many who take at once, and lets one of them open the window', async () => {
  const key = fresh();
  const tables = Array.from({ length: 20 }, () => engine.open({ client: engine.connect() }));
  const windows = await Promise.all(tables.map((table) => table.takeFromWindow({ key, amount: 1, at: now, milliseconds: 1_000 })));
  expect(windows.map(({ taken }) => taken).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(windows.filter(({ opened }) => opened)).toHaveLength(1);
});

it('costs one write unit a take, and is no transaction', async () => {
  const table = engine.open();
  const key = fresh();
  await table.takeFromWindow({ key, amount: 1, at: now, milliseconds: 1_000 });
  const before = table.consumed;
  await table.takeFromWindow({ key, amount: 1, at: now, milliseconds: 1_000 });
  expect(table.consumed).toMatchObject({ calls: before.calls + 1, writeUnits: before.writeUnits + 1 });
});

it.each([
  ['the table', () => engine.open({ now: () => now })],
  ["the tests' table", () => memoryTable({ now: () => now })],
] as const)('%s: the latest use is kept, whoever notes it last', async (_, open) => {
  const table: Table = open();
  const key = fresh('last');
  const until = now + 86_400_000;
  await table.noteUse(key, now, until);
  await table.noteUse(key, now - 3_600_000, until);
  expect(await table.get(key)).toMatchObject({ data: { at: now }, expiresAt: until / 1_000 });
});
