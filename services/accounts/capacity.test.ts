import { afterAll, beforeAll, expect, test } from 'vitest';
import { LeadQualified } from '#contracts/events/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { type EngineEdge, openEngineEdge } from '#testing/engine.ts';
import { busEvent, client, queueEvent, testContext } from '#testing/requests.ts';
import { testNow } from '#testing/unit.ts';
import { handlers as httpHandlers } from './api.ts';
import { handlers } from './events.ts';
import { accounts } from './service.ts';

let edge: EngineEdge;
let call: ReturnType<typeof client>;
const now = new Date(testNow).toISOString();

beforeAll(async () => {
  edge = await openEngineEdge();
  call = client(serveHttp({ service: accounts, handlers: httpHandlers, edge }));
});
afterAll(() => edge.engine.stop());

const ordinary = (fields: Partial<LeadState> = {}): LeadState => ({
  id: newId('lead', testNow),
  kind: 'person',
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@lovelace.example',
  phone: '+44 20 7946 0000',
  phoneE164: '+442079460000',
  jobTitle: 'Managing Director',
  company: 'Lovelace Engines Ltd',
  country: 'GB',
  interest: 'Analytical engine',
  message: 'We would like to see the engine at work, and to hear what it costs.',
  priority: 'normal',
  source: 'website',
  campaign: 'spring-2026',
  channel: 'web-form',
  utm: { source: 'newsletter', medium: 'email', campaign: 'spring-2026' },
  tags: ['website'],
  touches: 1,
  formId: newId('form', testNow),
  createdAt: now,
  updatedAt: now,
  version: 1,
  ...fields,
});

const deliver = () => serveEvents({ service: accounts, handlers, edge });

const convert = async (lead: LeadState) => {
  const standing = { status: 'qualified', lifecycleStage: 'sql', score: 35, rating: 'warm', actions: 1 };
  const data = { lead, score: 35, rating: 'warm', conversion: { createDeal: true }, standing };
  const event = busEvent({ source: 'qualification', contract: LeadQualified, subject: lead.id, sequence: 2, data });
  expect((await deliver()(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
};

test('a conversion is three calls and 30 write units at most, fewer where contact or account are known', async () => {
  const fresh = await edge.costOf(() => convert(ordinary()));
  expect(fresh.calls).toBeLessThanOrEqual(3);
  expect(fresh.write).toBeLessThanOrEqual(30);
  const colleague = await edge.costOf(() => convert(ordinary({ email: 'joe@lovelace.example', firstName: 'Joe' })));
  expect(colleague.calls).toBeLessThanOrEqual(3);
  expect(colleague.write).toBeLessThanOrEqual(24);
  const again = await edge.costOf(() => convert(ordinary()));
  expect(again.calls).toBeLessThanOrEqual(3);
  expect(again.write).toBeLessThanOrEqual(12);
});

test('eight leads of one company converted at once give one account, on the engine too', async () => {
  const leads = Array.from({ length: 8 }, (_, i) => ordinary({ company: 'Babbage & Sons', email: `p${i}@babbage.example` }));
  await Promise.all(leads.map(convert));
  const { data } = (await call('GET', '/v1/accounts?domain=babbage.example')).body;
  expect(data).toMatchObject([{ name: 'Babbage & Sons', contactCount: 8 }]);
});

test('one interaction comes of many calls at once with the same externalId, and one contact of two who merge each other', async () => {
  const { id: contactId } = (await call('POST', '/v1/contacts', { body: { lastName: 'Race' } })).body;
  const body = { contactId, kind: 'call', externalId: 'pbx-1' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => call('POST', '/v1/interactions', { body })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  expect((await call('GET', `/v1/contacts/${contactId}/interactions/summary`)).body.total).toBe(1);
  const { id: other } = (await call('POST', '/v1/contacts', { body: { lastName: 'Race' } })).body;
  const merges = await Promise.all(
    [
      [contactId, other],
      [other, contactId],
    ].map(([into, sourceId]) => call('POST', `/v1/contacts/${into}/merge`, { body: { sourceId } })),
  );
  expect(merges.map(({ status }) => status).toSorted()).toEqual([200, 409]);
});

test('a page of a timeline is ten read units at most, however long it is', async () => {
  const { id: accountId } = (await call('POST', '/v1/accounts', { body: { name: 'Long' } })).body;
  const { id: contactId } = (await call('POST', '/v1/contacts', { body: { lastName: 'Long', accountId } })).body;
  const body = { contactId, kind: 'note', body: 'We spoke about the engine and its price. '.repeat(200) };
  for (let i = 0; i < 60; i += 1) expect((await call('POST', '/v1/interactions', { body })).status).toBe(201);
  for (const path of [
    `/v1/accounts/${accountId}/timeline`,
    `/v1/contacts/${contactId}/timeline`,
    `/v1/accounts/${accountId}/timeline?kind=note`,
  ]) {
    const before = edge.table.consumed.readUnits;
    expect((await call('GET', path)).body.data).toHaveLength(25);
    expect(edge.table.consumed.readUnits - before).toBeLessThanOrEqual(10);
  }
});
