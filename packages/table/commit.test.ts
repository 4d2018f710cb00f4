import { randomBytes } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { event } from '#contracts/core/event.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { fromAttributes } from './attributes.ts';
import { AlreadyDone, InvalidTransaction, StaleRead, TransactionTooLarge } from './errors.ts';
import type { Draft, Key } from './item.ts';
import { eventPrefix, inboxKey, partition } from './keys.ts';
import type { Table } from './table.ts';
import type { EventDraft, Provenance } from './transaction.ts';

let engine: TestTable;
let table: Table;
beforeAll(async () => {
  engine = await openTestTable();
});
afterAll(async () => {
  await engine.stop();
});
beforeEach(() => {
  table = engine.open({ now: () => Date.parse(provenance.now) });
});

const provenance: Provenance = {
  service: 'intake',
  actor: 'key:test',
  correlationId: 'request-1',
  causationId: 'request-1',
  now: '2026-11-22T18:18:42.000Z',
};
const seconds = Date.parse(provenance.now) / 1000;

const LeadCaptured = event({
  name: 'LeadCaptured',
  schemaVersion: 2,
  sources: ['intake'],
  summary: 'A lead was captured.',
  data: z.object({ leadId: z.string() }),
});

let serial = 0;
const freshId = () => {
  serial += 1;
  return `lead_${serial}`;
};
const leadKey = (id: string): Key => ({ pk: partition('intake', 'lead', id), sk: 'lead' });
const lead = (id: string, data: object = {}): Draft => ({ ...leadKey(id), kind: 'lead', data: { id, ...data } });
const captured = (id: string, sequence = 1): EventDraft => ({
  contract: LeadCaptured,
  collection: leadKey(id).pk,
  subject: id,
  sequence,
  data: { leadId: id },
});

class Duplicate extends Error {
  readonly existingId: string;
  constructor(existingId: string) {
    super('duplicate');
    this.existingId = existingId;
  }
}

const create = (id: string, email: string) =>
  table.commit(
    {
      writes: [
        { op: 'create', item: lead(id, { email }) },
        {
          op: 'create',
          item: { pk: partition('intake', 'lead-email', email), sk: 'lock', kind: 'email-lock', data: { leadId: id } },
          refuse: (standing) => new Duplicate(JSON.stringify(standing?.data)),
        },
      ],
      events: [captured(id)],
    },
    provenance,
  );

describe('a commit', () => {
  test('gives an e-mail to exactly one of twenty leads created at once, and every other creator its refusal', async () => {
    const ids = Array.from({ length: 20 }, freshId);
    const outcomes = await Promise.allSettled(ids.map((id) => create(id, 'ada#1@example.com')));
    const winners = ids.filter((_, i) => outcomes[i]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(new Duplicate(JSON.stringify({ leadId: winners[0] })));
    }
    const kept = await table.getMany(ids.map(leadKey));
    expect(kept.filter((item) => item !== undefined)).toHaveLength(1);
  });

  test('says its events if and only if it succeeds', async () => {
    const [winner, loser] = [freshId(), freshId()];
    const said = await create(winner, 'grace@example.com');
    await expect(create(loser, 'grace@example.com')).rejects.toThrow(Duplicate);
    const kept = await table.query({ partition: leadKey(winner).pk, prefix: eventPrefix, limit: 10 });
    expect(kept.items.map((item) => [item.kind, item.data])).toEqual(said.map((each) => ['event', each]));
    expect((await table.query({ partition: leadKey(loser).pk, limit: 10 })).items).toEqual([]);
  });

  test('stamps an event with where it comes from, and orders those of one transaction by their ids', async () => {
    const id = freshId();
    const said = await table.commit(
      { writes: [{ op: 'create', item: lead(id) }], events: [1, 2, 3].map((sequence) => captured(id, sequence)) },
      provenance,
    );
    expect(said[0]).toMatchObject({
      source: 'leadline.intake',
      detailType: 'LeadCaptured',
      detail: {
        metadata: { occurredAt: provenance.now, schemaVersion: 2, correlationId: 'request-1', actor: 'key:test', subject: id, sequence: 1 },
        data: { leadId: id },
      },
    });
    const { items } = await table.query({ partition: leadKey(id).pk, prefix: eventPrefix, limit: 10 });
    expect(items.map((item) => item.data)).toEqual(said);
    expect(new Set(said.map((each) => each.detail.metadata.eventId)).size).toBe(3);
  });

  test('that was overtaken is a stale read, and leaves nothing behind', async () => {
    const id = freshId();
    await table.commit({ writes: [{ op: 'create', item: lead(id, { status: 'new' }) }] }, provenance);
    const change = (status: string) =>
      table.commit({ writes: [{ op: 'replace', item: lead(id, { status }), ifRev: 1 }], events: [captured(id, 2)] }, provenance);
    await change('working');
    await expect(change('nurturing')).rejects.toThrow(StaleRead);
    const { items } = await table.query({ partition: leadKey(id).pk, limit: 10 });
    expect(items.map((item) => item.kind).sort()).toEqual(['event', 'lead']);
    expect(await table.get(leadKey(id))).toMatchObject({ rev: 2, data: { status: 'working' } });
  });

  test('whose guard stands has been done already, whatever else would be refused', async () => {
    const id = freshId();
    const guard: Draft = { ...inboxKey('intake', `evt_${id}`), kind: 'inbox-mark', data: { by: id } };
    const write = () =>
      table.commit({ writes: [{ op: 'create', item: lead(id), refuse: () => new Duplicate(id) }], events: [captured(id)] }, provenance, {
        guard,
      });
    await write();
    const again = await write().catch((error: unknown) => error);
    expect(again).toBeInstanceOf(AlreadyDone);
    expect(again).toMatchObject({ standing: { kind: 'inbox-mark', data: { by: id } } });
    expect((await table.query({ partition: leadKey(id).pk, prefix: eventPrefix, limit: 10 })).items).toHaveLength(1);
  });

  test('with the same guard at once from twenty callers takes effect once', async () => {
    const id = freshId();
    const guard: Draft = { ...inboxKey('intake', `evt_${id}`), kind: 'inbox-mark', data: {} };
    const counter = { pk: partition('intake', 'count', id), sk: 'count' };
    const once = () =>
      table.commit({ writes: [{ op: 'add', key: counter, kind: 'counter', numbers: { leads: 1 } }], events: [captured(id)] }, provenance, {
        guard,
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, once));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AlreadyDone);
    expect((await table.get(counter))?.data).toEqual({ leads: 1 });
  });

  test('takes over a guard and a lock that have expired, though DynamoDB has not deleted them yet', async () => {
    const id = freshId();
    const guard: Draft = { ...inboxKey('intake', `evt_${id}`), kind: 'inbox-mark', data: {}, expiresAt: seconds };
    await table.commit({ writes: [] }, provenance, { guard });
    await table.commit({ writes: [] }, provenance, { guard: { ...guard, expiresAt: seconds + 60 } });
    await expect(table.commit({ writes: [] }, provenance, { guard })).rejects.toThrow(AlreadyDone);
  });

  test('counts every one of forty concurrent additions', async () => {
    const key = { pk: partition('intake', 'count', freshId()), sk: 'count' };
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        table.commit(
          { writes: [{ op: 'add', key, kind: 'counter', numbers: { leads: 1, amount: i }, set: { currency: 'EUR' } }] },
          provenance,
        ),
      ),
    );
    expect(await table.get(key)).toEqual({ ...key, kind: 'counter', rev: 40, data: { leads: 40, amount: 780, currency: 'EUR' } });
  });

  test('adds to numbers that a whole write left, and a whole write replaces what was added', async () => {
    const key = { pk: partition('intake', 'count', freshId()), sk: 'count' };
    const counter = (data: object): Draft => ({ ...key, kind: 'counter', data });
    await table.commit({ writes: [{ op: 'create', item: counter({ leads: 5, label: 'a' }) }] }, provenance);
    await table.commit({ writes: [{ op: 'add', key, kind: 'counter', numbers: { leads: 2, won: 1 }, set: { label: 'b' } }] }, provenance);
    expect(await table.get(key)).toMatchObject({ rev: 2, data: { leads: 7, won: 1, label: 'b' } });
    await table.commit({ writes: [{ op: 'replace', item: counter({ leads: 1 }), ifRev: 2 }] }, provenance);
    expect(await table.get(key)).toEqual({ ...counter({ leads: 1 }), rev: 3 });
  });

  test('adds to an item until it is closed, and then has the caller decide anew', async () => {
    const key = { pk: partition('intake', 'count', freshId()), sk: 'count' };
    const add = () => table.commit({ writes: [{ op: 'add', key, kind: 'counter', numbers: { leads: 1 }, unless: 'closed' }] }, provenance);
    await add();
    await add();
    await table.commit(
      { writes: [{ op: 'replace', item: { ...key, kind: 'counter', data: { leads: 2, closed: 1 } }, ifRev: 2 }] },
      provenance,
    );
    await expect(add()).rejects.toThrow(StaleRead);
    expect((await table.get(key))?.data).toEqual({ leads: 2, closed: 1 });
  });

  test('amends an item by a copy of it, held to what the copy knows, and leaves alone what lies apart', async () => {
    const id = freshId();
    const item = (data: object): Draft => ({ ...lead(id, data), apart: ['standing', 'owed'] });
    const standing = { score: 40 };
    await table.commit({ writes: [{ op: 'create', item: item({ name: 'Ada', sequence: 1 }) }] }, provenance);
    await table.commit({ writes: [{ op: 'replace', item: item({ name: 'Ada', sequence: 1, standing }), ifRev: 1 }] }, provenance);
    const amend = (name: string, sequence: number, expected: object) =>
      table.commit(
        {
          writes: [
            { op: 'amend', item: item({ name, sequence }), expect: { ...expected }, refuse: (now) => new Duplicate(`rev ${now?.rev}`) },
          ],
        },
        provenance,
      );
    await amend('x'.repeat(3_000), 2, { sequence: 1, owed: undefined });
    expect(await table.get(leadKey(id))).toMatchObject({
      rev: 3,
      kind: 'lead',
      data: { id, name: 'x'.repeat(3_000), sequence: 2, standing },
    });
    await expect(amend('Eve', 2, { sequence: 1, owed: undefined })).rejects.toThrow(new Duplicate('rev 3'));
    await expect(amend('Eve', 3, { sequence: 2, owed: { first: 'web' } })).rejects.toThrow(Duplicate);
    await amend('Ada', 3, { sequence: 2, standing });
    expect(await table.get(leadKey(id))).toMatchObject({ rev: 4, data: { name: 'Ada', sequence: 3, standing } });
  });

  test('holds to what was read of others without writing there', async () => {
    const id = freshId();
    const foreign = { pk: partition('accounts', 'contact', id), sk: 'contact' };
    const refer = (expect_: number | 'present' | 'absent') =>
      table.commit(
        { writes: [{ op: 'check', key: foreign, expect: expect_, refuse: (standing) => (standing ? undefined : new Duplicate('gone')) }] },
        provenance,
      );
    await expect(refer('present')).rejects.toThrow(Duplicate);
    await refer('absent');
    await table.commit(
      { writes: [{ op: 'create', item: { ...foreign, kind: 'contact', data: {} } }] },
      { ...provenance, service: 'accounts' },
    );
    await refer('present');
    await refer(1);
    await expect(refer(2)).rejects.toThrow(StaleRead);
    await expect(refer('absent')).rejects.toThrow(StaleRead);
  });

  test('deletes what is at the revision read, and says so when it is not', async () => {
    const id = freshId();
    await table.commit({ writes: [{ op: 'create', item: lead(id) }] }, provenance);
    await expect(table.commit({ writes: [{ op: 'delete', key: leadKey(id), ifRev: 2 }] }, provenance)).rejects.toThrow(StaleRead);
    await table.commit({ writes: [{ op: 'delete', key: leadKey(id), ifRev: 1 }] }, provenance);
    expect(await table.get(leadKey(id))).toBeUndefined();
    const refuse = () => new Duplicate('gone');
    await expect(table.commit({ writes: [{ op: 'delete', key: leadKey(id), refuse }] }, provenance)).rejects.toThrow(Duplicate);
    await table.commit({ writes: [{ op: 'delete', key: leadKey(id) }] }, provenance);
  });

  test('of nothing asks DynamoDB nothing', async () => {
    expect(await table.commit({ writes: [] }, provenance)).toEqual([]);
    expect(table.consumed.calls).toBe(0);
  });
});

describe('before anything is sent, a commit refuses', () => {
  const refused = async (...writes: Parameters<Table['commit']>[0]['writes']) => {
    const error = await table.commit({ writes }, provenance).catch((reason: unknown) => reason);
    expect(table.consumed.calls).toBe(0);
    return error;
  };

  test("another service's prefix, in the table and in an index", async () => {
    const foreign: Draft = { pk: partition('deals', 'deal', '1'), sk: 'deal', kind: 'deal', data: {} };
    expect(await refused({ op: 'create', item: foreign })).toBeInstanceOf(InvalidTransaction);
    const indexed: Draft = { ...lead(freshId()), indexes: { gsi2: { pk: 'deals#list#0', sk: 'x' } } };
    expect(await refused({ op: 'put', item: indexed })).toBeInstanceOf(InvalidTransaction);
  });

  test('two operations on one item', async () => {
    const item = lead(freshId());
    expect(await refused({ op: 'create', item }, { op: 'check', key: item, expect: 'absent' })).toBeInstanceOf(InvalidTransaction);
  });

  test('an item over 400 KB, 4 MB together, 101 operations', async () => {
    // Random bytes: what can be compressed takes less.
    const big = (bytes: number) =>
      ({ op: 'create', item: lead(freshId(), { text: randomBytes((bytes * 3) / 4).toString('base64') }) }) as const;
    expect(await refused(big(600_000))).toBeInstanceOf(TransactionTooLarge);
    expect(await refused(...Array.from({ length: 12 }, () => big(490_000)))).toBeInstanceOf(TransactionTooLarge);
    expect(await refused(...Array.from({ length: 101 }, () => big(1)))).toBeInstanceOf(TransactionTooLarge);
  });

  test('an event that breaks its contract, without telling its values', async () => {
    const id = freshId();
    const broken = { ...captured(id), data: { leadId: 42 } };
    await expect(table.commit({ writes: [], events: [broken] }, provenance)).rejects.toThrow(
      new InvalidTransaction('LeadCaptured breaks its contract: /leadId invalid_type'),
    );
  });
});

test('an outbox item lies in the table as the relay and its filter expect it', async () => {
  const id = freshId();
  const [said] = await table.commit({ writes: [], events: [captured(id)] }, provenance);
  const { Items } = await engine.client.send(
    new QueryCommand({
      TableName: engine.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: leadKey(id).pk } },
    }),
  );
  expect(Items?.[0]?.kind).toEqual({ S: 'event' });
  expect(Items?.[0]?.sk).toEqual({ S: `event#${provenance.now}#${said?.detail.metadata.eventId}` });
  expect(fromAttributes(Items?.[0] ?? {}).data).toEqual(said);
});
