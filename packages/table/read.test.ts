import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import type { Draft } from './item.ts';
import { partition, shardPartition, shardPartitions } from './keys.ts';
import { compareKeys } from './range.ts';
import type { Table } from './table.ts';
import type { Provenance } from './transaction.ts';

const provenance: Provenance = {
  service: 'accounts',
  actor: 'key:test',
  correlationId: 'r',
  causationId: 'r',
  now: '2026-11-22T18:18:42.000Z',
};
const now = Date.parse(provenance.now);

let engine: TestTable;
let table: Table;
beforeAll(async () => {
  engine = await openTestTable();
  table = engine.open({ now: () => now });
});
afterAll(async () => {
  await engine.stop();
});

const write = async (drafts: readonly Draft[]) => {
  for (let i = 0; i < drafts.length; i += 100) {
    await table.commit({ writes: drafts.slice(i, i + 100).map((item) => ({ op: 'put', item })) }, provenance);
  }
};

interface Account {
  readonly n: number;
}

const listName = partition('accounts', 'accounts-by-time');
const account = (n: number, expiresAt?: number): Draft<Account> => {
  const id = `acct_${String(n).padStart(4, '0')}`;
  return {
    pk: partition('accounts', 'account', id),
    sk: 'account',
    kind: 'account',
    data: { n },
    indexes: { gsi1: { pk: shardPartition(listName, id), sk: `2026-11-22#${id}` } },
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
};

describe('a list on the engine', () => {
  const total = 400;
  beforeAll(async () => {
    await write(Array.from({ length: total }, (_, n) => account(n)));
  });
  const list = (limit: number, after?: string, keep?: (item: { data: Account }) => boolean) =>
    table.list<Account>({
      partitions: shardPartitions(listName),
      index: 'gsi1',
      descending: true,
      limit,
      ...(after === undefined ? {} : { after }),
      ...(keep ? { keep } : {}),
    });
  const walk = async (limit: number, keep?: (item: { data: Account }) => boolean) => {
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const page = await list(limit, after, keep);
      seen.push(...page.items.map((item) => item.data.n));
      after = page.next;
    } while (after !== undefined);
    return seen;
  };
  const newestFirst = Array.from({ length: total }, (_, i) => total - 1 - i);

  test('gives every record once, newest first, whatever the size of its pages', async () => {
    for (const limit of [25, 100, 400, 1000]) {
      expect(await walk(limit)).toEqual(newestFirst);
    }
    expect((await list(1)).items.map((item) => item.data.n)).toEqual([total - 1]);
  });

  test('gives every match once behind a filter', async () => {
    expect(await walk(10, ({ data }) => data.n % 7 === 0)).toEqual(newestFirst.filter((n) => n % 7 === 0));
    expect(await walk(10, () => false)).toEqual([]);
  });

  test('goes on from its position when the record there is gone', async () => {
    const first = await list(25);
    const last = first.items.at(-1);
    await table.commit({ writes: [{ op: 'delete', key: { pk: last?.pk ?? '', sk: last?.sk ?? '' } }] }, provenance);
    const second = await list(25, first.next);
    expect(second.items.map((item) => item.data.n)).toEqual(newestFirst.slice(25, 50));
    await write([account(total - 25)]);
  });

  test('of 25 costs four calls and is charged for at most 60 records, not for 400', async () => {
    const before = table.consumed;
    await list(25);
    const after = table.consumed;
    expect(after.calls - before.calls).toBe(4);
    // Each of the four reads rounds up to half a unit of 4 KB.
    expect(after.readUnits - before.readUnits).toBeLessThanOrEqual(4);
  });

  test('keeps to a range of its keys', async () => {
    const { items, next } = await table.list<Account>({
      partitions: shardPartitions(listName),
      index: 'gsi1',
      descending: false,
      limit: 100,
      from: '2026-11-22#acct_0010',
      to: '2026-11-22#acct_0019',
    });
    expect(items.map((item) => item.data.n)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(next).toBeUndefined();
  });
});

test('what has expired is not read, though DynamoDB has not deleted it yet', async () => {
  const base = partition('accounts', 'expiring');
  const at = (n: number, expiresAt: number): Draft => ({
    pk: base,
    sk: `item#${n}`,
    kind: 'item',
    data: { n },
    expiresAt,
    indexes: { gsi2: { pk: `${base}#0`, sk: `item#${n}` } },
  });
  const [past, future] = [now / 1000, now / 1000 + 1];
  await write([at(1, past), at(2, future), at(3, past), at(4, future), at(5, past)]);
  expect(await table.get({ pk: base, sk: 'item#1' })).toBeUndefined();
  expect((await table.getMany([1, 2].map((n) => ({ pk: base, sk: `item#${n}` })))).map((item) => item?.sk)).toEqual([undefined, 'item#2']);
  expect(await table.query({ partition: base, limit: 2 })).toMatchObject({ items: [{ sk: 'item#2' }, { sk: 'item#4' }], more: false });
  expect(await table.query({ partition: base, limit: 1 })).toMatchObject({ items: [{ sk: 'item#2' }], more: true });
  const listed = await table.list({ partitions: [`${base}#0`], index: 'gsi2', descending: false, limit: 2 });
  expect(listed).toMatchObject({ items: [{ sk: 'item#2' }, { sk: 'item#4' }], next: undefined });
});

test('many records come in the order asked for, those asked for twice twice, those that are not there as undefined', async () => {
  await write([account(9001), account(9002)]);
  const [one, two] = [account(9001), account(9002)];
  const none = { pk: partition('accounts', 'account', 'none'), sk: 'account' };
  expect((await table.getMany<Account>([two, none, one, two])).map((item) => item?.data.n)).toEqual([9002, undefined, 9001, 9002]);
  expect(await table.getMany([])).toEqual([]);
  await expect(table.getMany(Array.from({ length: 101 }, () => one))).rejects.toThrow(RangeError);
  expect((await table.getTogether<Account>([two, none, one])).map((item) => item?.data.n)).toEqual([9002, undefined, 9001]);
  expect(await table.getTogether([])).toEqual([]);
  await expect(table.getTogether(Array.from({ length: 101 }, () => one))).rejects.toThrow(RangeError);
});

test('a query is the range of a sorted array, for any keys, prefix, bounds, direction and position', async () => {
  const keyText = fc.string({ unit: fc.constantFrom('a', 'b', '#', 'é', '\uffee', '😀'), minLength: 1, maxLength: 3 });
  const optional = fc.option(keyText, { nil: undefined });
  const keys = fc.sample(fc.uniqueArray(keyText, { minLength: 60, maxLength: 60 }), { seed: 1, numRuns: 1 })[0] ?? [];
  const base = partition('accounts', 'text');
  await write(keys.map((sk) => ({ pk: base, sk, kind: 'text', data: {} })));
  await fc.assert(
    fc.asyncProperty(
      optional,
      optional,
      optional,
      optional,
      fc.boolean(),
      fc.integer({ min: 1, max: 70 }),
      async (prefix, from, to, after, descending, limit) => {
        const sign = descending ? -1 : 1;
        const expected = keys
          .filter((key) => prefix === undefined || key.startsWith(prefix))
          .filter((key) => from === undefined || compareKeys(key, from) >= 0)
          .filter((key) => to === undefined || compareKeys(key, to) <= 0)
          .filter((key) => after === undefined || sign * compareKeys(key, after) > 0)
          .sort((a, b) => sign * compareKeys(a, b));
        const bounds = {
          ...(prefix === undefined ? {} : { prefix }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(after === undefined ? {} : { after }),
        };
        const { items, more } = await table.query({ partition: base, descending, limit, consistent: true, ...bounds });
        expect(items.map((item) => item.sk)).toEqual(expected.slice(0, limit));
        expect(more).toBe(expected.length > limit);
      },
    ),
    { numRuns: 300, seed: 20261122 },
  );
});
