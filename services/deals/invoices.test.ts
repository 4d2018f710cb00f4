import { beforeEach, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const contactId = 'cont_01J00000000000000000000002';
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const items = [{ name: 'Engine', quantity: '2', unitPrice: eur(1_000), taxPercent: 19 }];
const total = 2_380;

let edge: TestEdge;
let call: ReturnType<typeof client>;
let dealId: string;

beforeEach(async () => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
  edge.table.seed({ ...contactRecordKey(contactId), kind: 'contact', data: { contact: { id: contactId }, sequence: 1 } });
  dealId = (await call('POST', '/v1/deals', { body: { name: 'Machines', contacts: [{ contactId }], lineItems: items } })).body.id;
});

const invoice = async (input?: Record<string, unknown>) => {
  edge.clock.advance(1);
  return await call('POST', `/v1/deals/${dealId}/invoices`, input === undefined ? {} : { body: input });
};
const pay = (id: string, amount: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  call('POST', `/v1/invoices/${id}/payments`, { body: { amount: eur(amount), ...more }, headers });
const said = () =>
  edge.table.events
    .filter(({ detailType }) => detailType.startsWith('Invoice'))
    .map(({ detailType, detail }) => [detailType, detail.metadata.sequence]);

test('an invoice is issued from the line items of its deal, with the next number of the year', async () => {
  const { status, headers, body } = await invoice({ dueDate: '2026-12-22' });
  expect(status).toBe(201);
  expect(headers.location).toBe(`/v1/invoices/${body.id}`);
  expect(body).toMatchObject({
    dealId,
    number: 'INV-2026-000001',
    status: 'issued',
    dueDate: '2026-12-22',
    lineItems: [{ ...items[0], net: eur(2_000) }],
    net: eur(2_000),
    tax: [{ percent: 19, base: eur(2_000), amount: eur(380) }],
    total: eur(total),
    paid: eur(0),
    payments: [],
    version: 1,
  });
  expect((await call('GET', `/v1/invoices/${body.id}`)).body).toEqual(body);
  expect((await invoice()).body.number).toBe('INV-2026-000002');
  expect((await call('GET', `/v1/deals/${dealId}/invoices`)).body.data).toHaveLength(2);
  expect(edge.table.events.at(-1)?.detail.data).toMatchObject({
    invoice: { number: 'INV-2026-000002', total: eur(total) },
    contactIds: [contactId],
  });
});

test('an invoice of a quote has the line items of the quote', async () => {
  const input = { validUntil: '2026-12-01', lineItems: [{ name: 'Quoted', quantity: '1', unitPrice: eur(700) }] };
  const quote = (await call('POST', `/v1/deals/${dealId}/quotes`, { body: input })).body;
  await call('POST', `/v1/quotes/${quote.id}/send`);
  await call('POST', `/v1/quotes/${quote.id}/accept`);
  expect(await invoice({ quoteId: quote.id })).toMatchObject({ status: 201, body: { quoteId: quote.id, total: eur(700) } });
});

test('a quote that was declined or has expired, and one of another deal, cannot be invoiced', async () => {
  const [declined, expired] = await Promise.all(
    [1, 2].map(async () => (await call('POST', `/v1/deals/${dealId}/quotes`, { body: { validUntil: '2026-11-22' } })).body.id),
  );
  for (const id of [declined, expired]) await call('POST', `/v1/quotes/${id}/send`);
  await call('POST', `/v1/quotes/${declined}/decline`);
  edge.clock.advance(86_400_000);
  expect(await invoice({ quoteId: declined })).toMatchObject({ status: 409, body: { from: 'declined' } });
  expect(await invoice({ quoteId: expired })).toMatchObject({ status: 409, body: { from: 'expired' } });
  const other = (await call('POST', '/v1/deals', { body: { name: 'Other', contacts: [{ contactId }], lineItems: items } })).body;
  expect(await call('POST', `/v1/deals/${other.id}/invoices`, { body: { quoteId: declined } })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/quoteId' }] },
  });
});

test('a won deal can be invoiced, a lost one cannot', async () => {
  await call('POST', `/v1/deals/${dealId}/win`);
  expect((await invoice()).status).toBe(201);
  await call('POST', `/v1/deals/${dealId}/reopen`);
  await call('POST', `/v1/deals/${dealId}/lose`, { body: { reason: 'price' } });
  expect(await invoice()).toMatchObject({ status: 409, body: { type: '/problems/illegal-transition', from: 'lost' } });
});

test('an invoice is frozen: neither the deal nor its quote changes it', async () => {
  const { body } = await invoice();
  await call('PATCH', `/v1/deals/${dealId}`, { body: { lineItems: [{ name: 'Other', quantity: '1', unitPrice: eur(1) }] } });
  expect((await call('GET', `/v1/invoices/${body.id}`)).body).toEqual(body);
  expect((await call('PATCH', `/v1/invoices/${body.id}`, { body: { dueDate: '2027-01-01' } })).status).toBe(405);
});

test('payments make it partly paid and then paid, which is said once', async () => {
  const { id } = (await invoice()).body;
  const part = await pay(id, 1_000, { paidAt: '2026-11-20T10:00:00+01:00', externalId: 'tx-1' });
  expect(part).toMatchObject({
    status: 201,
    body: {
      id,
      status: 'partly-paid',
      paid: eur(1_000),
      payments: [{ amount: eur(1_000), paidAt: '2026-11-20T09:00:00.000Z', externalId: 'tx-1' }],
      version: 2,
    },
  });
  expect(await pay(id, total - 1_000)).toMatchObject({ status: 201, body: { status: 'paid', paid: eur(total), version: 3 } });
  expect(said()).toEqual([
    ['InvoiceIssued', 1],
    ['InvoicePaid', 2],
  ]);
  expect(await pay(id, 1)).toMatchObject({ status: 409, body: { type: '/problems/more-than-owed' } });
});

test('the same externalId counts once, whatever has become of the invoice', async () => {
  const { id } = (await invoice()).body;
  const first = await pay(id, total, { externalId: 'tx-1' });
  const again = await pay(id, total, { externalId: 'tx-1' });
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(said()).toHaveLength(2);
});

test('of two deliveries of one payment that race, one counts', async () => {
  const { id } = (await invoice()).body;
  edge.table.interfere(async () => {
    expect((await pay(id, 500, { externalId: 'tx-1' })).status).toBe(201);
  });
  expect(await pay(id, 500, { externalId: 'tx-1' })).toMatchObject({ status: 201, body: { paid: eur(500) } });
});

test('of two payments that race and are too much together, one is refused', async () => {
  const { id } = (await invoice()).body;
  edge.table.interfere(async () => {
    expect((await pay(id, 2_000)).status).toBe(201);
  });
  expect(await pay(id, 2_000)).toMatchObject({ status: 409, body: { type: '/problems/more-than-owed' } });
});

test('an invoice without payments can be voided, once; then nothing can be paid', async () => {
  const { id } = (await invoice()).body;
  const voided = await call('POST', `/v1/invoices/${id}/void`);
  expect(voided).toMatchObject({ status: 200, body: { status: 'void', voidedAt: expect.any(String), version: 2 } });
  expect((await call('POST', `/v1/invoices/${id}/void`)).body).toEqual(voided.body);
  expect(await pay(id, 1)).toMatchObject({ status: 409, body: { from: 'void' } });
  expect(said()).toEqual([
    ['InvoiceIssued', 1],
    ['InvoiceVoided', 2],
  ]);
});

test('an invoice with a payment cannot be voided', async () => {
  const { id } = (await invoice()).body;
  await pay(id, 1);
  expect(await call('POST', `/v1/invoices/${id}/void`)).toMatchObject({ status: 409, body: { from: 'partly-paid', to: 'void' } });
});

test('an invoice over nothing is paid at once', async () => {
  const { body } = await invoice({ lineItems: [{ name: 'Gift', quantity: '1', unitPrice: eur(100), discountPercent: 100 }] });
  expect(body).toMatchObject({ status: 'paid', total: eur(0) });
  expect(said()).toEqual([
    ['InvoiceIssued', 1],
    ['InvoicePaid', 2],
  ]);
});

test.each([
  ['both a quote and lines', { quoteId: 'quote_01J00000000000000000000001', lineItems: items }, '/lineItems'],
  ['a quote that does not exist', { quoteId: 'quote_01J00000000000000000000001' }, '/quoteId'],
  ['a due date that is none', { dueDate: '2026-02-30' }, '/dueDate'],
])('an invoice with %s is refused', async (_, input, pointer) => {
  expect(await invoice(input)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
});

test.each([
  ['nothing', { amount: eur(0) }, '/amount/amount'],
  ['another currency', { amount: { amount: 1, currency: 'JPY' } }, '/amount/currency'],
  ['a fraction of a cent', { amount: eur(0.5) }, '/amount/amount'],
])('a payment of %s is refused', async (_, body, pointer) => {
  const { id } = (await invoice()).body;
  expect(await call('POST', `/v1/invoices/${id}/payments`, { body })).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
});
