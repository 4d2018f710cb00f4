import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyDone, StaleRead } from '#table/errors.ts';
import type { Draft } from '#table/item.ts';
import type { Table } from '#table/table.ts';
import type { Provenance, Transaction } from '#table/transaction.ts';
import { openTestTable, type TestTable } from './engine.ts';
import { memoryTable } from './memory-table.ts';
import { testNow } from './unit.ts';

const provenance: Provenance = {
  service: 'intake',
  actor: 'system:intake',
  correlationId: 'c',
  causationId: 'c',
  now: new Date(testNow).toISOString(),
};
const draft = (name: string, data: object = {}, more: Partial<Draft> = {}): Draft => ({
  pk: 'intake#x',
  sk: name,
  kind: 'thing',
  data,
  ...more,
});
const key = (name: string) => ({ pk: 'intake#x', sk: name });

/** What happened, in words that both tables share. */
const outcomeOf = async (table: Table, transaction: Transaction, guard?: Draft): Promise<string> => {
  try {
    await table.commit(transaction, provenance, guard === undefined ? undefined : { guard });
    return 'done';
  } catch (error) {
    if (error instanceof AlreadyDone) return `already done: ${error.standing.sk}`;
    if (error instanceof StaleRead) return 'stale';
    return error instanceof Error ? error.message : 'something else';
  }
};

const refused = (standing: Draft | undefined) => new Error(`refused by ${standing?.sk ?? 'nothing'}`);
const expired = Math.floor(testNow / 1000) - 1;

const script = async (table: Table): Promise<unknown[]> => {
  const seen: unknown[] = [];
  const commit = async (...given: [Transaction, Draft?]) => seen.push(await outcomeOf(table, ...given));
  await commit({ writes: [{ op: 'create', item: draft('a', { n: 1, deep: { x: undefined, y: [null, 'z'] } }) }] });
  await commit({ writes: [{ op: 'create', item: draft('a') }] });
  await commit({ writes: [{ op: 'create', item: draft('a'), refuse: refused }] });
  await commit({ writes: [{ op: 'create', item: draft('old', {}, { expiresAt: expired }) }] });
  await commit({ writes: [{ op: 'create', item: draft('old', { fresh: true }) }] });
  await commit({ writes: [{ op: 'replace', item: draft('a', { n: 2 }), ifRev: 1 }] });
  await commit({ writes: [{ op: 'replace', item: draft('a', { n: 3 }), ifRev: 1 }] });
  await commit({ writes: [{ op: 'replace', item: draft('none'), ifRev: 1, refuse: refused }] });
  await commit({ writes: [{ op: 'add', key: key('sum'), kind: 'sum', numbers: { n: 2 }, set: { s: 'x' } }] });
  await commit({ writes: [{ op: 'add', key: key('sum'), kind: 'sum', numbers: { n: -0.5, m: 1 } }] });
  await commit({ writes: [{ op: 'check', key: key('a'), expect: 2 }] });
  await commit({ writes: [{ op: 'check', key: key('a'), expect: 'absent', refuse: refused }] });
  await commit({ writes: [{ op: 'check', key: key('none'), expect: 'present', refuse: refused }] });
  await commit({ writes: [{ op: 'delete', key: key('none'), refuse: refused }] });
  await commit({ writes: [{ op: 'delete', key: key('none') }] });
  await commit({ writes: [{ op: 'create', item: draft('b') }] }, draft('guard'));
  await commit({ writes: [{ op: 'create', item: draft('b'), refuse: refused }] }, draft('guard'));
  await commit({
    writes: [
      { op: 'create', item: draft('c') },
      { op: 'delete', key: key('c') },
    ],
  });
  await commit({ writes: [{ op: 'create', item: { ...draft('c'), pk: 'deals#x' } }] });
  const parted = (data: object) => ({
    ...draft('parted', data, { indexes: { gsi2: { pk: 'intake#p', sk: 'p' } } }),
    apart: ['by', 'other'],
  });
  await commit({ writes: [{ op: 'create', item: parted({ n: 1, plain: 'x', gone: 'y', by: { a: 1 }, other: ['z'] }) }] });
  for (const expect of [{ n: 2 }, { n: 1, by: { a: 2 } }, { by: undefined }, { none: 1 }])
    await commit({ writes: [{ op: 'amend', item: parted({ n: 9, plain: 'no' }), expect, refuse: refused }] });
  await commit({ writes: [{ op: 'amend', item: draft('none', {}), expect: {} }] });
  await commit({ writes: [{ op: 'amend', item: parted({ n: 2, plain: 'yes' }), expect: { n: 1, by: { a: 1 }, none: undefined } }] });
  await commit({ writes: [{ op: 'amend', item: parted({ plain: 'again', by: [1] }), expect: { n: 2, other: ['z'] } }] });
  for (const without of ['n', 'none'])
    await commit({ writes: [{ op: 'check', key: key('parted'), expect: { without }, refuse: refused }] });
  await commit({ writes: [{ op: 'check', key: key('nowhere'), expect: { without: 'n' } }] });
  seen.push(await table.get(key('parted')));
  for (let i = 0; i < 9; i += 1)
    await commit({
      writes: [{ op: 'create', item: draft(`list${i}`, { i }, { indexes: { gsi1: { pk: `intake#list#${i % 3}`, sk: `k${i}` } } }) }],
    });
  seen.push(await table.getMany([key('a'), key('none'), key('old'), key('sum')]));
  seen.push(await table.query({ partition: 'intake#x', from: 'list3', to: 'list7', limit: 3, descending: true }));
  seen.push(await table.query({ partition: 'intake#x', prefix: 'list', after: 'list6', limit: 5 }));
  const partitions = ['intake#list#0', 'intake#list#1', 'intake#list#2'];
  const first = await table.list({ partitions, index: 'gsi1', descending: true, limit: 4 });
  seen.push(first);
  if (first.next !== undefined) seen.push(await table.list({ partitions, index: 'gsi1', descending: true, limit: 9, after: first.next }));
  seen.push(
    await table.list<{ i: number }>({ partitions, index: 'gsi1', descending: false, limit: 2, keep: ({ data }) => data.i % 2 === 1 }),
  );
  return seen;
};

describe('the table in memory', () => {
  let engine: TestTable;
  beforeAll(async () => {
    engine = await openTestTable();
  });
  afterAll(async () => {
    await engine.stop();
  });

  it('does and refuses what the real one does and refuses', async () => {
    const now = () => testNow;
    const [ours, real] = await Promise.all([script(memoryTable({ now })), script(engine.open({ now }))]);
    expect(ours).toEqual(real);
    expect(ours.slice(0, 3)).toEqual(['done', 'stale', 'refused by a']);
  });
});
