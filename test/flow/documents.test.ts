import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminKey, eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const eur = (amount: number) => ({ amount, currency: 'EUR' });

const pdf = async (path: string) => {
  const answer = await fetch(new URL(path, product.url), { headers: { authorization: `Bearer ${adminKey}` } });
  expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({ status: 200, type: 'application/pdf' });
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(await answer.arrayBuffer())), { mergePages: true });
  return { text: text.replaceAll(/\s+/g, ' '), etag: answer.headers.get('etag') ?? '' };
};

it('goes from line items to the paid invoice, each step on paper', async () => {
  const { request } = product;
  const account = (await request('POST', '/v1/accounts', { body: { name: '名古屋機械株式会社', addresses: [{ city: 'Nagoya' }] } })).body;
  const contact = (await request('POST', '/v1/contacts', { body: { firstName: 'Łukasz', lastName: 'Żółć', accountId: account.id } })).body;
  const lineItems = [{ name: 'Machine for Göteborg', quantity: '2.5', unitPrice: eur(1_005), taxPercent: 19 }];
  const deal = (
    await request('POST', '/v1/deals', {
      body: { name: 'Machines', accountId: account.id, contacts: [{ contactId: contact.id }], lineItems },
    })
  ).body;
  expect(deal.amount).toEqual(eur(2_512));

  const settings = { name: 'Engines AB', bankDetails: 'IBAN SE45' };
  expect((await request('PUT', '/v1/settings/billing', { body: settings })).body).toMatchObject({ ...settings, version: 1 });
  const quote = (await request('POST', `/v1/deals/${deal.id}/quotes`, { body: { validUntil: '2099-12-31' } })).body;
  expect((await pdf(`/v1/quotes/${quote.id}/document`)).text).toContain('DRAFT');
  expect((await request('POST', `/v1/quotes/${quote.id}/send`)).body.status).toBe('sent');

  await request('PUT', '/v1/settings/billing', { body: { name: 'Renamed AB' } });
  await request('PATCH', `/v1/accounts/${account.id}`, { body: { name: 'Renamed KK' } });
  const sent = await pdf(`/v1/quotes/${quote.id}/document`);
  for (const text of [
    'Engines AB',
    '名古屋機械株式会社',
    'Łukasz Żółć',
    'Machine for Göteborg 2.5 10.05 19 % 25.12',
    'Total EUR 29.89',
    'Valid until 31 December 2099',
  ])
    expect(sent.text).toContain(text);
  expect(sent.text).not.toContain('Renamed');
  expect((await request('GET', `/v1/quotes/${quote.id}/document`, { headers: { 'if-none-match': sent.etag } })).status).toBe(304);

  expect((await request('POST', `/v1/quotes/${quote.id}/accept`)).body.status).toBe('accepted');
  const invoice = (await request('POST', `/v1/deals/${deal.id}/invoices`, { body: { quoteId: quote.id } })).body;
  expect(invoice).toMatchObject({ status: 'issued', total: eur(2_989) });
  const paid = await request('POST', `/v1/invoices/${invoice.id}/payments`, { body: { amount: eur(2_989), externalId: 'tx' } });
  expect(paid).toMatchObject({ status: 201, body: { status: 'paid' } });
  expect((await pdf(`/v1/invoices/${invoice.id}/document`)).text).toContain('Amount due EUR 0.00');
  await eventually(
    () => request('GET', `/v1/deals/${deal.id}/timeline`),
    ({ body }) => body.data.some(({ type }: { type: string }) => type === 'InvoicePaid'),
  );
});

it('gives twenty quotes that are asked for at once twenty numbers without gaps', async () => {
  const contact = (await product.request('POST', '/v1/contacts', { body: { lastName: 'Person' } })).body;
  const lineItems = [{ name: 'Machine', quantity: '1', unitPrice: eur(1) }];
  const deal = (await product.request('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId: contact.id }], lineItems } })).body;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => product.request('POST', `/v1/deals/${deal.id}/quotes`, { body: { validUntil: '2099-12-31' } })),
  );
  const numbers = answers.map(({ body }) => Number(body.number.slice(-6))).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => (numbers[0] ?? 0) + i));
});

it('answers a document of nothing, and one without access, as everything else', async () => {
  const path = '/v1/quotes/quote_01J00000000000000000000000/document';
  expect((await product.request('GET', path)).body).toMatchObject({ type: '/problems/not-found' });
  expect((await product.request('GET', path, { key: null })).status).toBe(401);
  expect((await product.request('POST', path)).status).toBe(405);
});
