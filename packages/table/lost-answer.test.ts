import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { event } from '#contracts/core/event.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { AlreadyDone, StaleRead } from './errors.ts';
import { eventPrefix, inboxKey, partition } from './keys.ts';
import type { Provenance, Transaction } from './transaction.ts';

const provenance: Provenance = {
  service: 'deals',
  actor: 'key:test',
  correlationId: 'r',
  causationId: 'r',
  now: '2026-11-22T18:18:42.000Z',
};
const DealCreated = event({
  name: 'DealCreated',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A deal was created.',
  data: z.object({}),
});
const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

describe('when the answer of a commit that took effect is lost', () => {
  let engine: TestTable;
  beforeAll(async () => {
    engine = await openTestTable();
  });
  afterAll(async () => {
    await engine.stop();
  });

  /** A client that loses the first answer, good or bad; the engine then sees another token, as if it had forgotten the first. */
  const losing = (forgetful: boolean): DynamoDBClient => {
    const client = engine.connect();
    let first = true;
    client.middlewareStack.add(
      (next) => async (args) => {
        const input = args.input;
        if (forgetful && !first && 'ClientRequestToken' in input)
          Object.assign(args, { input: { ...input, ClientRequestToken: 'another' } });
        if (!first) return await next(args);
        first = false;
        await next(args).catch(() => undefined);
        throw lost();
      },
      { step: 'initialize' },
    );
    return client;
  };
  const events = async (pk: string) => (await engine.open().query({ partition: pk, prefix: eventPrefix, limit: 10 })).items;
  const at = (pk: string): Transaction => ({
    writes: [{ op: 'create', item: { pk, sk: 'deal', kind: 'deal', data: {} } }],
    events: [{ contract: DealCreated, collection: pk, subject: 'deal_1', sequence: 1, data: {} }],
  });

  test('the token makes the next try the same commit', async () => {
    const pk = partition('deals', 'deal', 'lost');
    const said = await engine.open({ client: losing(false) }).commit(at(pk), provenance);
    expect((await events(pk)).map((item) => item.data)).toEqual(said);
  });

  test('and the token is forgotten, its own event tells that it took effect', async () => {
    const pk = partition('deals', 'deal', 'forgotten');
    const guard = { ...inboxKey('deals', 'evt_forgotten'), kind: 'inbox-mark', data: {} };
    const said = await engine.open({ client: losing(true) }).commit(at(pk), provenance, { guard });
    expect((await events(pk)).map((item) => item.data)).toEqual(said);
    await expect(engine.open().commit(at(pk), provenance, { guard })).rejects.toThrow(AlreadyDone);
  });

  test('but a commit that another one overtook is stale, lost answers or not', async () => {
    const pk = partition('deals', 'deal', 'overtaken');
    await engine.open().commit(at(pk), provenance);
    await expect(engine.open({ client: losing(true) }).commit(at(pk), provenance)).rejects.toThrow(StaleRead);
    expect(await events(pk)).toHaveLength(1);
  });
});
