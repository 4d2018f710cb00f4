import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyItem } from '#runtime/api-key.ts';
import { consumedSince } from '#runtime/consumed.ts';
import type { Edge } from '#runtime/edge.ts';
import { newId } from '#runtime/new-id.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { client, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { serveIntake } from './api.ts';

let engine: TestTable;
beforeAll(async () => {
  engine = await openTestTable();
});
afterAll(() => engine.stop());

const sleep = async (): Promise<void> => undefined;

const open = async () => {
  const table = engine.open({ sleep });
  const edge: Edge = { table, signingSecret: async () => testSecret, now: Date.now, random: Math.random, sleep };
  const record = { id: newId('apiKey', Date.now()), name: 'test', scopes: ['admin'], createdAt: new Date().toISOString() };
  await table.commit(
    { writes: [{ op: 'put', item: apiKeyItem({ key: testKey, secret: testSecret, record }) }] },
    { service: 'platform', actor: 'system:test', correlationId: 'test', causationId: 'test', now: new Date().toISOString() },
  );
  return { table, call: client(serveIntake(edge)) };
};

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`./domain/vendors/fixtures/${name}.json`, import.meta.url), 'utf8')).payload;

describe('a new person', () => {
  it.each(['typeform', 'tally', 'webflow', 'google-ads', 'meta-lead-ads'])(
    'by a delivery of %s is one call of at most 24 write units',
    async (format) => {
      const { table, call } = await open();
      const { body: form } = await call('POST', '/v1/forms', { body: { name: 'F', source: format, format, submissionsPerMinute: 0 } });
      const deliver = (body: unknown) => call('POST', `/v1/forms/${form.id}/submissions`, { key: null, body });
      await deliver({ ...fixture(format), is_test: true });
      const before = { ...table.consumed };
      expect((await deliver({ ...fixture(format), is_test: false })).status).toBe(202);
      const { calls, writeUnits } = consumedSince(before, table);
      expect((await call('GET', `/v1/submissions?formId=${form.id}&status=accepted`)).body.data[0].payload).toMatchObject(
        format === 'google-ads' ? { lead_id: fixture(format).lead_id } : fixture(format),
      );
      expect(calls).toBe(1);
      expect(writeUnits).toBeLessThanOrEqual(24);
    },
  );
});
