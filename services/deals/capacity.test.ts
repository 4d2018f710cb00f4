import { afterAll, beforeAll, expect, test } from 'vitest';
import { LeadConverted } from '#contracts/events/accounts.ts';
import { accountRecordKey } from '#contracts/records/account.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { type EngineEdge, openEngineEdge } from '#testing/engine.ts';
import { busEvent, client, queueEvent, testContext } from '#testing/requests.ts';
import { testNow } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { handlers as httpHandlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

let edge: EngineEdge;
let call: ReturnType<typeof client>;
const accountId = newId('account', testNow);

beforeAll(async () => {
  edge = await openEngineEdge();
  const now = new Date(testNow).toISOString();
  const account = { id: accountId, name: 'Lovelace Engines Ltd', createdAt: now, updatedAt: now, version: 1 };
  await edge.seed({ ...accountRecordKey(accountId), kind: 'account', data: { account, sequence: 1 } });
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers: httpHandlers, edge }));
});
afterAll(() => edge.engine.stop());

const ordinary = {
  name: 'Lovelace Engines Ltd – Analytical engine, 2 units',
  accountId,
  amount: { amount: 12_990_000, currency: 'EUR' },
  expectedCloseDate: '2027-01-31',
  owner: 'ann@example.com',
  source: 'web',
  campaign: 'spring-2026',
};

test('moving a deal takes 24 write units at most, the answer to be replayed included', async () => {
  const opened = await edge.costOf(() => call('POST', '/v1/deals', { body: ordinary, headers: { 'idempotency-key': 'create' } }));
  const { id } = opened.result.body;
  const moved = await edge.costOf(() =>
    call('POST', `/v1/deals/${id}/move`, { body: { stageId: defaultPipeline.stages[2]?.id }, headers: { 'idempotency-key': 'move' } }),
  );
  const again = await edge.costOf(() => call('POST', `/v1/deals/${id}/move`, { body: { stageId: defaultPipeline.stages[4]?.id } }));
  const won = await edge.costOf(() => call('POST', `/v1/deals/${id}/win`));
  expect([moved.result.status, again.result.status, won.result.status]).toEqual([200, 200, 200]);
  expect(moved.write).toBeLessThanOrEqual(24);
});

/** The forecast is counted for all and for the owner: 2 write units each, where the deal has an amount and an owner. */
test.each([
  ['without an amount', undefined, 13],
  ['with amount and owner', ordinary.amount, 17],
])('opening the deal of a conversion %s takes so many write units at most', async (_, amount, most) => {
  const now = new Date(testNow).toISOString();
  const leadId = newId('lead', testNow);
  const handler = serveEvents({ service: deals, handlers, edge });
  const event = busEvent({
    source: 'accounts',
    contract: LeadConverted,
    subject: leadId,
    data: {
      leadId,
      contactId: newId('contact', testNow),
      accountId,
      contactCreated: true,
      accountCreated: true,
      accountName: 'Lovelace Engines Ltd',
      conversion: { createDeal: true, ...(amount ? { deal: { amount } } : {}) },
      lead: {
        id: leadId,
        kind: 'person',
        firstName: 'Ada',
        lastName: 'Lovelace',
        email: 'ada@example.com',
        company: 'Lovelace Engines Ltd',
        interest: 'Analytical engine',
        priority: 'normal',
        source: 'web',
        campaign: 'spring-2026',
        channel: 'web-form',
        owner: 'ann@example.com',
        tags: [],
        touches: 1,
        createdAt: now,
        updatedAt: now,
        version: 1,
      },
    },
  });
  const { result, write } = await edge.costOf(() => handler(queueEvent([event]), testContext()));
  expect(result).toEqual({ batchItemFailures: [] });
  expect(write).toBeLessThanOrEqual(most);
});

test('a board takes 30 read units at most, however many deals there are', async () => {
  for (const { id: stageId } of defaultPipeline.stages) {
    await Promise.all(Array.from({ length: 25 }, () => call('POST', '/v1/deals', { body: { ...ordinary, stageId } })));
  }
  const first = await edge.costOf(() => call('GET', `/v1/pipelines/${defaultPipeline.id}/board`));
  await Promise.all(Array.from({ length: 40 }, () => call('POST', '/v1/deals', { body: ordinary })));
  const second = await edge.costOf(() => call('GET', `/v1/pipelines/${defaultPipeline.id}/board`));
  expect(second.result.body.stages[0].deals).toHaveLength(20);
  expect(second.read).toBeLessThanOrEqual(30);
  expect(second.read).toBeLessThanOrEqual(first.read + 1);
}, 60_000);

test('a forecast takes 30 read units at most, however many deals there are', async () => {
  const open = (n: number) =>
    Promise.all(
      Array.from({ length: n }, (_, i) =>
        call('POST', '/v1/deals', { body: { ...ordinary, expectedCloseDate: `2027-${String((i % 6) + 1).padStart(2, '0')}-15` } }),
      ),
    );
  await open(100);
  const first = await edge.costOf(() => call('GET', '/v1/forecast?from=2027-01&to=2027-06'));
  await open(100);
  const second = await edge.costOf(() => call('GET', '/v1/forecast?from=2027-01&to=2027-06'));
  const owned = await edge.costOf(() => call('GET', '/v1/forecast?from=2027-01&to=2027-06&owner=ann%40example.com'));
  expect(second.result.body.data.filter(({ month }: { month: string | null }) => month !== null)).toHaveLength(6);
  for (const { read } of [second, owned]) expect(read).toBeLessThanOrEqual(30);
  expect(second.read).toBeLessThanOrEqual(first.read + 1);
}, 60_000);
test('a quote of ten lines takes 16 write units at most, its sending 14, an invoice 18, a payment 12, and moving such a deal 24', async () => {
  const lineItems = Array.from({ length: 10 }, (_, i) => ({
    name: `Analytical engine, model ${i}`,
    quantity: '2.5',
    unitPrice: { amount: 129_900, currency: 'EUR' },
    taxPercent: 19,
  }));
  const { id } = (await call('POST', '/v1/deals', { body: { ...ordinary, amount: undefined, lineItems } })).body;
  const quoted = await edge.costOf(() => call('POST', `/v1/deals/${id}/quotes`, { body: { validUntil: '2026-12-31' } }));
  const sent = await edge.costOf(() => call('POST', `/v1/quotes/${quoted.result.body.id}/send`));
  const invoiced = await edge.costOf(() => call('POST', `/v1/deals/${id}/invoices`));
  const amount = { amount: 1, currency: 'EUR' };
  const paid = await edge.costOf(() => call('POST', `/v1/invoices/${invoiced.result.body.id}/payments`, { body: { amount } }));
  const moved = await edge.costOf(() => call('POST', `/v1/deals/${id}/move`, { body: { stageId: defaultPipeline.stages[2]?.id } }));
  expect([quoted, sent, invoiced, paid, moved].map(({ result }) => result.status)).toEqual([201, 200, 201, 201, 200]);
  expect(quoted.write).toBeLessThanOrEqual(16);
  expect(sent.write).toBeLessThanOrEqual(14);
  expect(invoiced.write).toBeLessThanOrEqual(18);
  expect(paid.write).toBeLessThanOrEqual(12);
  expect(moved.write).toBeLessThanOrEqual(24);
});
