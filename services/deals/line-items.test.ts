import { beforeEach, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import { defaultPipelineId } from '#contracts/records/pipeline.ts';
import type { LineItem } from '#contracts/resources/line-item.ts';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const contactId = 'cont_01J00000000000000000000001';
const eur = (amount: number) => ({ amount, currency: 'EUR' });

let edge: TestEdge;
let call: ReturnType<typeof client>;

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
  edge.table.seed({ ...contactRecordKey(contactId), kind: 'contact', data: { contact: {}, sequence: 1 } });
});

const items: LineItem[] = [
  { name: 'Engine', sku: 'AE-1', quantity: '2', unitPrice: eur(129_900), discountPercent: 12.5, taxPercent: 19 },
  { name: 'Hours', quantity: '1.5', unitPrice: eur(9_999) },
];
// 2 × 1,299.00 − 12.5 % = 2,273.25; 1.5 × 99.99 = 149.985, half-even 149.98
const sum = eur(227_325 + 14_998);

const create = (body: Record<string, unknown>) =>
  call('POST', '/v1/deals', { body: { name: 'Machines', contacts: [{ contactId }], ...body } });
const pointers = (answer: { body: { errors?: { pointer: string }[] } }) => answer.body.errors?.map(({ pointer }) => pointer);

test('the amount of a deal with line items is the sum of their nets', async () => {
  const { status, body } = await create({ lineItems: items });
  expect(status).toBe(201);
  expect(body).toMatchObject({ lineItems: items, amount: sum });
  const read = await call('GET', `/v1/deals/${body.id}`);
  expect(read.body).toEqual(body);
  expect((await call('GET', '/v1/deals')).body.data).toEqual([body]);
});

test('a deal without line items says so', async () => {
  expect((await create({ amount: eur(5) })).body).toMatchObject({ lineItems: [], amount: eur(5) });
});

test('an amount beside line items is refused', async () => {
  expect(await create({ lineItems: items, amount: eur(1) })).toMatchObject({ status: 422 });
  const { body } = await create({ lineItems: items });
  const patched = await call('PATCH', `/v1/deals/${body.id}`, { body: { amount: sum } });
  expect(patched.status).toBe(422);
  expect(pointers(patched)).toEqual(['/amount']);
  const both = await call('PATCH', `/v1/deals/${body.id}`, { body: { amount: sum, lineItems: items } });
  expect(both.status).toBe(422);
});

test('line items take the place of an amount, and give it up again', async () => {
  const { body } = await create({ amount: eur(5) });
  const withItems = await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: items } });
  expect(withItems.body).toMatchObject({ lineItems: items, amount: sum, version: 2 });
  const fewer = await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: items.slice(1) } });
  expect(fewer.body.amount).toEqual(eur(14_998));
  const renamed = await call('PATCH', `/v1/deals/${body.id}`, { body: { name: 'Engines' } });
  expect(renamed.body).toMatchObject({ name: 'Engines', amount: eur(14_998) });
  const none = await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: null } });
  expect(none.body).toMatchObject({ lineItems: [] });
  expect(none.body.amount).toBeUndefined();
  const plain = await call('PATCH', `/v1/deals/${body.id}`, { body: { amount: eur(7) } });
  expect(plain.body.amount).toEqual(eur(7));
  await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: items } });
  const swapped = await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: null, amount: eur(8) } });
  expect(swapped.body).toMatchObject({ lineItems: [], amount: eur(8) });
});

test('the board follows the line items', async () => {
  const { body } = await create({ lineItems: items });
  const first = async () => (await call('GET', `/v1/pipelines/${defaultPipelineId}/board`)).body.stages[0];
  expect(await first()).toMatchObject({ total: [sum], weighted: [eur(24_232)] });
  await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: [{ ...items[0], unitPrice: { amount: 100, currency: 'JPY' } }] } });
  expect(await first()).toMatchObject({ total: [{ amount: 175, currency: 'JPY' }] });
});

test('the line items of a deal are in no event, since no consumer needs them and they may be many', async () => {
  const { body } = await create({ lineItems: items });
  await call('PATCH', `/v1/deals/${body.id}`, { body: { lineItems: items.slice(1) } });
  const said = edge.table.events.map(({ detail }) => detail.data as Record<string, Record<string, unknown>>);
  expect(said).toHaveLength(2);
  for (const { deal } of said) expect(deal).not.toHaveProperty('lineItems');
  expect(said[1]).toMatchObject({ changed: ['amount', 'lineItems'], previous: { amount: sum } });
  expect(said[1]?.previous).not.toHaveProperty('lineItems');
});

test.each([
  ['two currencies', [items[0], { ...items[1], unitPrice: { amount: 1, currency: 'JPY' } }], '/lineItems'],
  ['a quantity of 0', [{ ...items[0], quantity: '0.00' }], '/lineItems/0/quantity'],
  ['a negative quantity', [{ ...items[0], quantity: '-1' }], '/lineItems/0/quantity'],
  ['a quantity that is a number', [{ ...items[0], quantity: 1.5 }], '/lineItems/0/quantity'],
  ['an exponent', [{ ...items[0], quantity: '1e3' }], '/lineItems/0/quantity'],
  ['a fraction of a cent', [{ ...items[0], unitPrice: eur(0.5) }], '/lineItems/0/unitPrice/amount'],
  ['a discount over 100 %', [{ ...items[0], discountPercent: 100.01 }], '/lineItems/0/discountPercent'],
  ['a tax of too many decimals', [{ ...items[0], taxPercent: 8.87501 }], '/lineItems/0/taxPercent'],
  ['more than an amount can be', [{ ...items[0], quantity: '999999999999' }], '/lineItems'],
  ['an unknown member', [{ ...items[0], net: eur(1) }], '/lineItems/0/net'],
  ['more than 200 lines', Array.from({ length: 201 }, () => items[1]), '/lineItems'],
])('%s is refused', async (_, lineItems, pointer) => {
  const answer = await create({ lineItems });
  expect(answer.status).toBe(422);
  expect(pointers(answer)).toEqual([pointer]);
});

test('a deal with a few line items is still within a kilobyte', async () => {
  await create({ lineItems: [...items, ...items] });
  const [item] = edge.table.items('deal');
  expect(JSON.stringify(item?.data).length).toBeLessThan(700);
});
