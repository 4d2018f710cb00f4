import { beforeEach, expect, test } from 'vitest';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { serveHttp } from '#runtime/http.ts';
import { serveSchedule } from '#runtime/schedule.ts';
import { client, seedKey, testContext } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';
import { expireQuotes } from './use-cases/expire-quotes.ts';

const accountId = 'acct_01J00000000000000000000001';
const contactId = 'cont_01J00000000000000000000002';
const day = 86_400_000;
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const items = [
  { name: 'Engine', quantity: '2', unitPrice: eur(1_005), taxPercent: 19 },
  { name: 'Oil', quantity: '0.5', unitPrice: eur(333), taxPercent: 7 },
];

let edge: TestEdge;
let call: ReturnType<typeof client>;
let dealId: string;

beforeEach(async () => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
  edge.table.seed(
    { ...accountRecordKey(accountId), kind: 'account', data: { account: { id: accountId }, sequence: 1 } },
    { ...contactRecordKey(contactId), kind: 'contact', data: { contact: { id: contactId }, sequence: 1 } },
  );
  const { body } = await call('POST', '/v1/deals', { body: { name: 'Machines', contacts: [{ contactId }], lineItems: items } });
  dealId = body.id;
});

const quote = (input: Record<string, unknown> = {}) => {
  edge.clock.advance(1);
  return call('POST', `/v1/deals/${dealId}/quotes`, { body: { validUntil: '2026-11-30', ...input } });
};
const act = (id: string, action: string) => {
  edge.clock.advance(1);
  return call('POST', `/v1/quotes/${id}/${action}`);
};
const get = async (id: string) => (await call('GET', `/v1/quotes/${id}`)).body;
const sweep = () =>
  serveSchedule({ service: deals, run: expireQuotes, edge })({}, { ...testContext(), getRemainingTimeInMillis: () => 60_000 });
const said = () => edge.table.events.map(({ detailType }) => detailType).filter((name) => name.startsWith('Quote'));

test('a quote takes the line items of its deal, valued, and the next number of the year', async () => {
  const { status, headers, body } = await quote({ notes: 'Delivery in May.' });
  expect(status).toBe(201);
  expect(headers).toMatchObject({ location: `/v1/quotes/${body.id}`, etag: expect.any(String) });
  expect(body).toMatchObject({
    dealId,
    number: 'Q-2026-000001',
    status: 'draft',
    validUntil: '2026-11-30',
    notes: 'Delivery in May.',
    lineItems: [
      { ...items[0], net: eur(2_010) },
      { ...items[1], net: eur(166) },
    ],
    net: eur(2_176),
    tax: [
      { percent: 7, base: eur(166), amount: eur(12) },
      { percent: 19, base: eur(2_010), amount: eur(382) },
    ],
    total: eur(2_570),
    version: 1,
  });
  expect(await get(body.id)).toEqual(body);
  expect((await quote()).body.number).toBe('Q-2026-000002');
  expect((await call('GET', `/v1/deals/${dealId}/quotes`)).body.data.map(({ number }: { number: string }) => number)).toEqual([
    'Q-2026-000002',
    'Q-2026-000001',
  ]);
  expect(said()).toEqual([]);
});

test('numbers begin anew with a year', async () => {
  await quote();
  edge.clock.advance(60 * day);
  expect((await quote({ validUntil: '2027-02-01' })).body.number).toBe('Q-2027-000001');
});

test('a quote may have line items of its own', async () => {
  const { body } = await quote({ lineItems: [{ name: 'Only this', quantity: '1', unitPrice: { amount: 500, currency: 'JPY' } }] });
  expect(body).toMatchObject({ net: { amount: 500, currency: 'JPY' }, tax: [], total: { amount: 500, currency: 'JPY' } });
});

test('a draft can be changed; once it is sent it is frozen, whatever becomes of the deal', async () => {
  const draft = (await quote({ notes: 'x' })).body;
  const changed = await call('PATCH', `/v1/quotes/${draft.id}`, {
    body: { notes: null, validUntil: '2026-12-24', lineItems: [{ ...items[0], quantity: '3' }] },
  });
  expect(changed).toMatchObject({ status: 200, body: { number: draft.number, net: eur(3_015), validUntil: '2026-12-24', version: 2 } });
  expect(changed.body.notes).toBeUndefined();

  const sent = await act(draft.id, 'send');
  expect(sent.body).toMatchObject({ status: 'sent', sentAt: expect.any(String), version: 3 });
  const late = await call('PATCH', `/v1/quotes/${draft.id}`, { body: { notes: 'too late' } });
  expect(late).toMatchObject({ status: 409, body: { type: '/problems/illegal-transition', from: 'sent', to: 'draft' } });
  await call('PATCH', `/v1/deals/${dealId}`, { body: { lineItems: [{ name: 'Other', quantity: '1', unitPrice: eur(1) }] } });
  expect(await get(draft.id)).toEqual(sent.body);
});

test('sending, accepting and declining are said once, with whom they concern, and stand in the timeline of the deal', async () => {
  const [first, second] = [(await quote()).body, (await quote()).body];
  for (const [id, action] of [
    [first.id, 'send'],
    [first.id, 'send'],
    [first.id, 'accept'],
    [first.id, 'accept'],
    [second.id, 'send'],
    [second.id, 'decline'],
    [second.id, 'decline'],
  ])
    expect((await act(id, action ?? '')).status).toBe(200);
  expect(said()).toEqual(['QuoteSent', 'QuoteAccepted', 'QuoteSent', 'QuoteDeclined']);
  expect(await get(first.id)).toMatchObject({ status: 'accepted', acceptedAt: expect.any(String) });
  expect(await get(second.id)).toMatchObject({ status: 'declined', declinedAt: expect.any(String) });

  const accepted = edge.table.events.find(({ detailType }) => detailType === 'QuoteAccepted');
  expect(accepted?.detail.metadata).toMatchObject({ subject: first.id, sequence: 2 });
  expect(accepted?.detail.data).toMatchObject({
    quote: { number: 'Q-2026-000001', status: 'accepted', total: eur(2_570) },
    contactIds: [contactId],
  });
  expect(accepted?.detail.data).not.toHaveProperty('quote.lineItems');
  const { data } = (await call('GET', `/v1/deals/${dealId}/timeline`)).body;
  expect(data.map(({ summary }: { summary: string }) => summary).slice(0, 4)).toEqual([
    'Quote Q-2026-000002 was declined.',
    'Quote Q-2026-000002 was sent.',
    'Quote Q-2026-000001 was accepted.',
    'Quote Q-2026-000001 was sent.',
  ]);
});

test('only a sent quote that has not expired can be accepted or declined', async () => {
  const { id } = (await quote()).body;
  expect(await act(id, 'accept')).toMatchObject({ status: 409, body: { from: 'draft', to: 'accepted' } });
  expect(await act(id, 'decline')).toMatchObject({ status: 409 });
  await act(id, 'send');
  await act(id, 'decline');
  expect(await act(id, 'accept')).toMatchObject({ status: 409, body: { from: 'declined', to: 'accepted' } });
  expect(await act(id, 'send')).toMatchObject({ status: 409 });
});

test('a quote is valid through the UTC day that it names, and expired from the next', async () => {
  const { id } = (await quote({ validUntil: '2026-11-22' })).body;
  const sent = await act(id, 'send');
  edge.clock.advance(Date.parse('2026-11-22T23:59:59.999Z') - edge.now());
  expect((await get(id)).status).toBe('sent');
  edge.clock.advance(1);
  const { headers, body } = await call('GET', `/v1/quotes/${id}`);
  expect(body).toEqual({ ...sent.body, status: 'expired' });
  expect(headers.etag).not.toBe(sent.headers.etag);
  expect((await call('GET', `/v1/deals/${dealId}/quotes`)).body.data[0].status).toBe('expired');
  expect(await act(id, 'accept')).toMatchObject({ status: 409, body: { from: 'expired', to: 'accepted' } });
  expect(await act(id, 'decline')).toMatchObject({ status: 409, body: { from: 'expired' } });
});

test('the sweep says once of each quote that it has expired, and of no other', async () => {
  const expiring = (await quote({ validUntil: '2026-11-22' })).body;
  const draft = (await quote({ validUntil: '2026-11-22' })).body;
  const accepted = (await quote({ validUntil: '2026-11-22' })).body;
  const lasting = (await quote({ validUntil: '2026-11-23' })).body;
  for (const { id } of [expiring, accepted, lasting]) await act(id, 'send');
  await act(accepted.id, 'accept');
  await sweep();
  expect(said()).not.toContain('QuoteExpired');

  edge.clock.advance(Date.parse('2026-11-23T00:00:00.000Z') - edge.now());
  const before = await call('GET', `/v1/quotes/${expiring.id}`);
  await sweep();
  await sweep();
  expect(edge.table.events.filter(({ detailType }) => detailType === 'QuoteExpired').map(({ detail }) => detail)).toMatchObject([
    {
      metadata: { subject: expiring.id, sequence: 2, actor: 'system:deals' },
      data: { quote: { status: 'expired' }, contactIds: [contactId] },
    },
  ]);
  const after = await call('GET', `/v1/quotes/${expiring.id}`);
  expect(after.body).toEqual(before.body);
  expect((await get(draft.id)).status).toBe('draft');
  expect((await get(accepted.id)).status).toBe('accepted');
  expect((await get(lasting.id)).status).toBe('sent');
});

test('one sweep tells of more quotes than it looks at in one go', async () => {
  for (let i = 0; i < 130; i += 1) await act((await quote({ validUntil: '2026-11-22' })).body.id, 'send');
  edge.clock.advance(day);
  await sweep();
  expect(said().filter((name) => name === 'QuoteExpired')).toHaveLength(130);
});

test('an answer that comes while the sweep is at it wins or loses whole', async () => {
  const { id } = (await quote({ validUntil: '2026-11-22' })).body;
  await act(id, 'send');
  edge.clock.advance(day);
  edge.table.interfere(async () => {
    await sweep();
  });
  await sweep();
  expect(said()).toEqual(['QuoteSent', 'QuoteExpired']);
});

test('a draft whose last day is over is not expired, but cannot be sent before it gets another', async () => {
  const { id } = (await quote({ validUntil: '2026-11-22' })).body;
  edge.clock.advance(day);
  expect((await get(id)).status).toBe('draft');
  expect(await act(id, 'send')).toMatchObject({ status: 409, body: { from: 'draft', to: 'sent' } });
  expect((await call('PATCH', `/v1/quotes/${id}`, { body: { notes: 'still a draft' } })).status).toBe(200);
  await call('PATCH', `/v1/quotes/${id}`, { body: { validUntil: '2026-12-01' } });
  expect((await act(id, 'send')).status).toBe(200);
});

test.each([
  ['a past day', { validUntil: '2026-11-21' }, '/validUntil'],
  ['no day', { validUntil: undefined }, '/validUntil'],
  ['a day that is none', { validUntil: '2026-02-30' }, '/validUntil'],
  ['no lines at all', { lineItems: [] }, '/lineItems'],
  ['lines in two currencies', { lineItems: [items[0], { ...items[1], unitPrice: { amount: 1, currency: 'JPY' } }] }, '/lineItems'],
])('a quote with %s is refused', async (_, input, pointer) => {
  const { status, body } = await quote(input);
  expect(status).toBe(422);
  expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
  expect((await quote()).body.number).toBe('Q-2026-000001');
});

test('a deal without line items gets no quote from them, and a lost one none at all', async () => {
  const bare = (await call('POST', '/v1/deals', { body: { name: 'Bare', accountId, amount: eur(5) } })).body;
  expect(await call('POST', `/v1/deals/${bare.id}/quotes`, { body: { validUntil: '2026-12-01' } })).toMatchObject({ status: 422 });
  await call('POST', `/v1/deals/${dealId}/lose`, { body: { reason: 'price' } });
  expect(await quote()).toMatchObject({ status: 409, body: { from: 'lost' } });
  expect((await quote({ validUntil: '2020-01-01' })).status).toBe(422);
});

test('what does not exist is not found', async () => {
  const none = '01J00000000000000000000009';
  expect((await call('GET', `/v1/quotes/quote_${none}`)).status).toBe(404);
  expect((await call('GET', `/v1/quotes/inv_${none}`)).status).toBe(404);
  expect((await call('POST', `/v1/quotes/quote_${none}/send`)).status).toBe(404);
  expect((await call('GET', `/v1/deals/deal_${none}/quotes`)).status).toBe(404);
  expect((await call('POST', `/v1/deals/deal_${none}/quotes`, { body: { validUntil: '2026-12-01' } })).status).toBe(404);
});

test('If-Match tells a stale change apart', async () => {
  const { headers, body } = await quote();
  await call('PATCH', `/v1/quotes/${body.id}`, { body: { notes: 'x' } });
  const stale = await call('POST', `/v1/quotes/${body.id}/send`, { headers: { 'if-match': headers.etag ?? '' } });
  expect(stale.status).toBe(412);
});

test('a repeated request under one Idempotency-Key makes one quote', async () => {
  const request = { body: { validUntil: '2026-12-01' }, headers: { 'idempotency-key': 'once' } };
  const first = await call('POST', `/v1/deals/${dealId}/quotes`, request);
  const again = await call('POST', `/v1/deals/${dealId}/quotes`, request);
  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await quote()).body.number).toBe('Q-2026-000002');
});
