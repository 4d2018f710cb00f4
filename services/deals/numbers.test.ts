import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { StaleRead, TableBusy } from '#table/errors.ts';
import type { Table } from '#table/table.ts';
import { type EngineEdge, openEngineEdge } from '#testing/engine.ts';
import { client } from '#testing/requests.ts';
import { buyer, buyerId } from '#testing/sales.ts';
import { testNow } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

let edge: EngineEdge;
let dealId: string;
const items = [{ name: 'Engine', quantity: '1', unitPrice: { amount: 10_000, currency: 'EUR' }, taxPercent: 19 }];

/** The functions of one Lambda environment: its own connection, its own time for waiting and chance. */
const environment = (around: (table: Table) => Table = (table) => table) => {
  const { engine, now } = edge;
  const table = around(engine.open({ client: engine.connect(), now }));
  const own: Edge = { ...edge, table, random: Math.random, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
  return client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge: own }));
};

beforeAll(async () => {
  edge = await openEngineEdge();
  await edge.seed(buyer);
  dealId = (await environment()('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId: buyerId }], lineItems: items } })).body
    .id;
});
afterAll(() => edge.engine.stop());

const numbers = (series: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${series}-2026-${String(i + 1).padStart(6, '0')}`);

test('twenty quotes asked for at once, through functions of their own, have twenty numbers without gaps', async () => {
  const callers = Array.from({ length: 20 }, () => environment());
  const answers = await Promise.all(
    callers.map((call) => call('POST', `/v1/deals/${dealId}/quotes`, { body: { validUntil: '2026-12-01' } })),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(answers.map(({ body }) => body.number).sort()).toEqual(numbers('Q', 20));
}, 60_000);

test('invoices have no gaps either when requests are refused, give up half-way, or fail after their effect was written', async () => {
  let commits = 0;
  // Every third transaction fails before anything is written, every fifth after everything was, so that its answer is lost.
  const faulty = (table: Table): Table => ({
    ...table,
    consumed: table.consumed,
    commit: async (...given) => {
      commits += 1;
      if (commits % 3 === 0) throw commits % 2 === 0 ? new StaleRead('overtaken, says the test') : new TableBusy('busy, says the test');
      const events = await table.commit(...given);
      if (commits % 5 === 0) throw new TableBusy('the answer is lost, says the test');
      return events;
    },
  });
  const callers = Array.from({ length: 10 }, () => environment(faulty));
  const answers = await Promise.all(
    callers.flatMap((call) => [
      call('POST', `/v1/deals/${dealId}/invoices`),
      call('POST', `/v1/deals/${dealId}/invoices`, { body: { quoteId: newId('quote', testNow) } }),
      call('POST', `/v1/deals/${dealId}/invoices`),
    ]),
  );
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(10);
  const { data } = (await environment()('GET', `/v1/deals/${dealId}/invoices?limit=100`)).body;
  const issued: string[] = data.map(({ number }: { number: string }) => number).sort();
  expect(issued).toEqual(numbers('INV', issued.length));
  const answered = answers.filter(({ status }) => status === 201).map(({ body }) => body.number);
  expect(issued).toEqual(expect.arrayContaining(answered));
  expect(issued.length).toBeGreaterThan(answered.length);
  expect(new Set(answered).size).toBe(answered.length);
}, 60_000);

test('of ten deliveries of one payment at once, one counts', async () => {
  const { body } = await environment()('POST', `/v1/deals/${dealId}/invoices`);
  const payment = { amount: { amount: 4_000, currency: 'EUR' }, externalId: 'tx-1' };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => environment()('POST', `/v1/invoices/${body.id}/payments`, { body: payment })),
  );
  expect(answers.map(({ status, body: { paid } }) => [status, paid.amount])).toEqual(answers.map(() => [201, 4_000]));
});

test('payments that race never come to more than is owed', async () => {
  const { body } = await environment()('POST', `/v1/deals/${dealId}/invoices`);
  const payment = { amount: { amount: 2_000, currency: 'EUR' } };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => environment()('POST', `/v1/invoices/${body.id}/payments`, { body: payment })),
  );
  // 119.00 are owed
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409, 409]);
  expect((await environment()('GET', `/v1/invoices/${body.id}`)).body).toMatchObject({ status: 'partly-paid', paid: { amount: 10_000 } });
});
