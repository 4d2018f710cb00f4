import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyItem } from '#runtime/api-key.ts';
import type { Edge } from '#runtime/edge.ts';
import { newId } from '#runtime/new-id.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { client, testContext, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { serveIntake } from './api.ts';

let engine: TestTable;
beforeAll(async () => {
  engine = await openTestTable();
});
afterAll(() => engine.stop());

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** That each comes through is tested here, not how long it takes on a machine that is busy otherwise. */
const patient = () => ({ ...testContext(), getRemainingTimeInMillis: () => 50_000 });

/** A function instance of its own on the real engine. */
const instance = async () => {
  const table = engine.open({ sleep });
  const edge: Edge = { table, signingSecret: async () => testSecret, now: Date.now, random: Math.random, sleep };
  const key = apiKeyItem({
    key: testKey,
    secret: testSecret,
    record: { id: newId('apiKey', Date.now()), name: 'test', scopes: ['admin'], createdAt: new Date().toISOString() },
  });
  await table.commit(
    { writes: [{ op: 'put', item: key }] },
    { service: 'platform', actor: 'system:test', correlationId: 'test', causationId: 'test', now: new Date().toISOString() },
  );
  return { table, call: client(serveIntake(edge), patient) };
};

const formOf = async (call: Awaited<ReturnType<typeof instance>>['call'], settings: Record<string, unknown> = {}): Promise<string> =>
  (await call('POST', '/v1/forms', { body: { name: 'F', source: 'web', submissionsPerMinute: 0, ...settings } })).body.id;

describe('on the real engine', () => {
  it('forty captures of one person at once are one lead with forty touches', async () => {
    const instances = await Promise.all(Array.from({ length: 4 }, instance));
    const [first] = instances;
    if (first === undefined) throw new Error('no instance');
    const formId = await formOf(first.call);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (instances[i % 4] ?? first).call('POST', `/v1/forms/${formId}/submissions`, {
          key: null,
          body: { email: 'race@example.com', [`field${i}`]: String(i) },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 202));
    const { data } = (await first.call('GET', '/v1/leads?email=race@example.com')).body;
    expect(data).toHaveLength(1);
    expect(data[0].touches).toBe(40);
    expect(Object.keys(data[0].customFields)).toHaveLength(40);
    const touches = (await first.call('GET', `/v1/leads/${data[0].id}/touches?limit=100`)).body.data;
    expect(new Set(touches.map(({ submissionId }: { submissionId: string }) => submissionId)).size).toBe(40);
    const timeline = (await first.call('GET', `/v1/leads/${data[0].id}/timeline?limit=100`)).body.data;
    expect(timeline.filter(({ type }: { type: string }) => type === 'LeadCaptured')).toHaveLength(1);
    expect(timeline).toHaveLength(40);
  }, 60_000);

  it('a double click that reaches two instances is one submission', async () => {
    const [a, b] = [await instance(), await instance()];
    const formId = await formOf(a.call);
    const body = { email: 'twice@example.com', message: 'hello' };
    const answers = await Promise.all([a, b, a, b].map(({ call }) => call('POST', `/v1/forms/${formId}/submissions`, { key: null, body })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await a.call('GET', `/v1/submissions?formId=${formId}`)).body.data).toHaveLength(1);
  });

  it('of two callers who create the same person at once one is refused', async () => {
    const [a, b] = [await instance(), await instance()];
    const answers = await Promise.all([a, b].map(({ call }) => call('POST', '/v1/leads', { body: { email: 'both@example.com' } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('of two leads that take one e-mail at once one is refused', async () => {
    const [a, b] = [await instance(), await instance()];
    const ids = await Promise.all(
      ['p1@example.com', 'p2@example.com'].map(async (email) => (await a.call('POST', '/v1/leads', { body: { email } })).body.id),
    );
    const answers = await Promise.all(
      [a, b].map(({ call }, i) => call('PATCH', `/v1/leads/${ids[i]}`, { body: { email: 'taken@example.com' } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('a limit holds over instances under load', async () => {
    const instances = await Promise.all(Array.from({ length: 3 }, instance));
    const [first] = instances;
    if (first === undefined) throw new Error('no instance');
    const formId = await formOf(first.call, { submissionsPerMinute: 10 });
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        (instances[i % 3] ?? first).call('POST', `/v1/forms/${formId}/submissions`, {
          key: null,
          body: { email: `limit${i}@example.com` },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(14);
  }, 30_000);

  it('a new person costs one call and at most 24 write units', async () => {
    const { call, table } = await instance();
    const formId = await formOf(call, { campaign: 'spring', tags: ['web', 'crm'], owner: 'kim@example.com', country: 'DE' });
    const post = (n: number) =>
      call('POST', `/v1/forms/${formId}/submissions`, {
        key: null,
        headers: {
          'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
        },
        body: {
          first_name: 'Ada',
          last_name: 'Lovelace',
          email: `ada${n}@analytical-engines.example.com`,
          phone: '+49 30 901820',
          company: 'Analytical Engines',
          job_title: 'Head of Computing',
          website: 'https://analytical-engines.example.com',
          message: 'We would like to see a demonstration of your product for a team of twelve people next week.',
          utm_source: 'newsletter',
          utm_medium: 'email',
          utm_campaign: 'spring',
          budget: '5000',
        },
      });
    await post(1);
    const before = { ...table.consumed };
    expect((await post(2)).status).toBe(202);
    const spent = table.consumed.writeUnits - before.writeUnits;
    expect(table.consumed.calls - before.calls).toBe(1);
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(24);
    if (process.env.SHOW_UNITS !== undefined) process.stderr.write(`write units of a capture: ${spent}\n`);
  });
});
