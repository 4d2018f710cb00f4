import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({ env: { LEADLINE_FAULTS: 'seed=7,throttle=0.05,before=0.03,after=0.03,stale=0.1' } });
});
afterAll(async () => {
  await product.stop();
});

/** As a caller who means it: the same key until there is an answer that is none of the server's trouble. */
const insist = async (path: string, body: unknown) => {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  return await eventually(
    () => product.request('POST', path, { body, headers }),
    ({ status }) => status < 500 && status !== 429,
    60,
  );
};

describe('on a database that throttles, fails before and after it has written, and shows old index pages', () => {
  it('takes twenty leads to twenty deals, each once, and counts them once', async () => {
    const leads = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        insist('/v1/leads', { email: `f${index}@faulty.example`, lastName: `F${index}`, company: 'Faulty Ltd' }),
      ),
    );
    expect(leads.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    const ids = leads.map(({ body }) => body.id as string);
    await Promise.all(ids.map((id) => insist(`/v1/leads/${id}/qualify`, { deal: { amount: { amount: 1000, currency: 'EUR' } } })));
    const converted = await Promise.all(
      ids.map((id) =>
        eventually(
          () => product.request('GET', `/v1/leads/${id}`),
          ({ body }) => body?.convertedTo?.dealId !== undefined,
          90,
        ),
      ),
    );
    const accounts = new Set(converted.map(({ body }) => body.convertedTo.accountId));
    expect(accounts.size).toBe(1);
    expect(new Set(converted.map(({ body }) => body.convertedTo.dealId)).size).toBe(20);
    const [accountId] = accounts;
    await eventually(
      () => product.request('GET', `/v1/accounts/${accountId}`),
      ({ body }) => body?.openDeals === 20 && body?.contactCount === 20,
      60,
    );
    const { body: pipelines } = await eventually(
      () => product.request('GET', '/v1/pipelines'),
      ({ status }) => status === 200,
    );
    const board = await eventually(
      () => product.request('GET', `/v1/pipelines/${pipelines.data[0].id}/board`),
      ({ status }) => status === 200,
    );
    expect(board.body.stages[0]).toMatchObject({
      count: 20,
      total: [{ amount: 20_000, currency: 'EUR' }],
      weighted: [{ amount: 2_000, currency: 'EUR' }],
    });
  }, 240_000);
});
