import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LeadScored } from '#contracts/events/qualification.ts';
import { type LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import { consumedSince } from '#runtime/consumed.ts';
import type { Edge } from '#runtime/edge.ts';
import { newId } from '#runtime/new-id.ts';
import type { Table } from '#table/table.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { busEvent, client, queueEvent, testContext, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

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

/** A form and a way to post to it, and what the last post cost. */
const openForm = async () => {
  const { table, call } = await open();
  const { body: form } = await call('POST', '/v1/forms', { body: { name: 'F', source: 'web', submissionsPerMinute: 0 } });
  let last = consumedSince({ ...table.consumed }, table);
  const post = async (body: Record<string, string>) => {
    await call('POST', `/v1/forms/${form.id}/submissions`, { key: null, body: { ...body, website_url: 'spam, which has the form read' } });
    const before = { ...table.consumed };
    expect((await call('POST', `/v1/forms/${form.id}/submissions`, { key: null, body })).status).toBe(202);
    last = consumedSince(before, table);
  };
  const found = async (email: string) => (await call('GET', `/v1/leads?email=${email}`)).body.data;
  return { table, call, post, found, cost: () => last };
};

const consume = (table: Table) =>
  consumeForIntake({ table, signingSecret: async () => testSecret, now: Date.now, random: Math.random, sleep });

const standing = (more: Record<string, unknown>) => ({
  status: 'new',
  lifecycleStage: 'lead',
  score: 40,
  rating: 'warm',
  actions: 0,
  ...more,
});

/** Qualification's event about a lead, as intake hears it. */
const scored = (subject: string, sequence: number, more: Record<string, unknown> = {}) =>
  busEvent({
    source: 'qualification',
    contract: LeadScored,
    subject,
    sequence,
    data: { score: 40, rating: 'warm', lifecycleStage: 'lead', previous: null, criteriaVersion: 1, standing: standing(more), ...more },
  });

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

describe('a known person', () => {
  const ada = { name: 'Ada Lovelace', company: 'Analytical Engines', message: 'We would like to know more about your product.' };

  it('by a form is two calls and no read, time and again, also after it was scored', async () => {
    const { table, post, found, cost } = await openForm();
    const email = 'again@example.com';
    await post({ ...ada, email });
    expect(cost()).toMatchObject({ calls: 1, readUnits: 0 });
    expect(cost().writeUnits).toBeLessThanOrEqual(24);
    const [{ id }] = await found(email);
    expect((await consume(table)(queueEvent([scored(id, 1)]), testContext())).batchItemFailures).toEqual([]);
    for (const [i, jobTitle] of ['', 'CTO', 'CEO'].entries()) {
      await post({ ...ada, email, jobTitle, message: `No. ${i}` });
      expect(cost()).toMatchObject({ calls: 2, readUnits: 0 });
      expect(cost().writeUnits).toBeLessThanOrEqual(18);
    }
    const [lead] = await found(email);
    expect(lead).toMatchObject({ id, touches: 4, jobTitle: 'CTO', message: ada.message, version: 2 });
    // What the events said of it meanwhile stands.
    expect((await table.get<LeadRecord>(leadRecordKey(id)))?.data).toMatchObject({ sequence: 4, standing: { score: 40 } });
  });

  it('who was changed or counted otherwise meanwhile is read, and known anew', async () => {
    const { table, call, post, found, cost } = await openForm();
    const email = 'changed@example.com';
    await post({ ...ada, email });
    const [{ id }] = await found(email);
    expect((await call('PATCH', `/v1/leads/${id}`, { body: { company: 'Difference Engines', interest: 'Engines' } })).status).toBe(200);
    await post({ ...ada, email, interest: 'Anything', message: 'One' });
    expect(cost()).toMatchObject({ calls: 3, readUnits: 0 });
    await post({ ...ada, email, message: 'Two' });
    expect(cost().calls).toBe(2);
    const mql = scored(id, 1, { lifecycleStage: 'mql' });
    expect((await consume(table)(queueEvent([mql]), testContext())).batchItemFailures).toEqual([]);
    await post({ ...ada, email, message: 'Three' });
    expect(cost()).toMatchObject({ calls: 3, readUnits: 0 });
    await post({ ...ada, email, message: 'Four' });
    expect(cost().calls).toBe(2);
    const [lead] = await found(email);
    expect(lead).toMatchObject({ id, touches: 5, company: 'Difference Engines', interest: 'Engines' });
    expect((await table.get<LeadRecord>(leadRecordKey(id)))?.data.attribution).toMatchObject({ mql: true, last: { source: 'web' } });
    const rows = (await call('GET', '/v1/reports/sources?attribution=last')).body.data;
    expect(rows.find(({ source }: { source: string }) => source === 'web')).toMatchObject({ mql: 1 });
  });

  it('whom qualification calls converted makes a new lead, whatever was known of the first', async () => {
    const { table, post, found } = await openForm();
    const email = 'converted@example.com';
    await post({ ...ada, email });
    const [{ id }] = await found(email);
    const convertedTo = { contactId: newId('contact', 0), accountId: newId('account', 0) };
    const record = {
      standing: standing({ status: 'converted', convertedTo }),
      actions: 1,
      updatedAt: new Date().toISOString(),
      converted: 1,
    };
    const now = record.updatedAt;
    await table.commit(
      { writes: [{ op: 'create', item: { ...qualificationRecordKey(id), kind: 'qualification', data: record } }] },
      { service: 'qualification', actor: 'system:test', correlationId: 'test', causationId: 'test', now },
    );
    await post({ ...ada, email, message: 'Again' });
    const leads = await found(email);
    expect(leads).toHaveLength(2);
    expect(leads[0]).toMatchObject({ touches: 1, knownContactId: convertedTo.contactId });
  });

  it('who was deleted is a new person, and of who has much to say no copy is kept', async () => {
    const { call, post, found, cost } = await openForm();
    const email = 'gone@example.com';
    await post({ ...ada, email });
    const [{ id }] = await found(email);
    expect((await call('DELETE', `/v1/leads/${id}`)).status).toBe(204);
    await post({ ...ada, email, message: 'x'.repeat(5_000) });
    expect(cost().calls).toBe(1);
    await post({ ...ada, email, message: 'Again' });
    expect(cost().calls).toBe(4);
    expect(await found(email)).toMatchObject([{ touches: 2 }]);
  });
});
