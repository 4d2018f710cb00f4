import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const create = async (body: Record<string, unknown>) => (await product.request('POST', '/v1/leads', { body })).body;

describe('many leads', () => {
  it('merge into one, in every service, and count for where the person was first seen', async () => {
    const old = await create({ email: 'old@merge.example', lastName: 'Old', phone: '+49 30 901820', source: 'fair' });
    const survivor = await create({ email: 'new@merge.example', company: 'Acme', phone: '030 901820', country: 'DE', source: 'web' });
    const { data } = await eventually(
      async () => (await product.request('GET', `/v1/leads/${survivor.id}/duplicates`)).body,
      (body) => body.data.length > 0,
    );
    expect(data).toMatchObject([{ id: old.id, reasons: ['phone'] }]);
    const opposite = await Promise.all([
      product.request('POST', `/v1/leads/${survivor.id}/merge`, { body: { sourceId: old.id } }),
      product.request('POST', `/v1/leads/${old.id}/merge`, { body: { sourceId: survivor.id } }),
    ]);
    expect(opposite.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const [stays, goes] = opposite[0]?.status === 200 ? [survivor.id, old.id] : [old.id, survivor.id];
    for (const path of ['', '/timeline', '/touches', '/duplicates', '/qualification']) {
      const answer = await product.request('GET', `/v1/leads/${goes}${path}`);
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 301, `/v1/leads/${stays}${path}`]);
    }
    const refused = await product.request('POST', `/v1/leads/${goes}/qualify`, { body: {} });
    expect([refused.status, refused.body.mergedInto]).toEqual([409, stays]);
    const { body: report } = await product.request('GET', '/v1/reports/sources');
    expect(report.data).toMatchObject([{ source: 'fair', leads: 1 }]);
    expect((await product.request('POST', `/v1/leads/${stays}/qualify`, { body: {} })).status).toBe(202);
    const [row] = await eventually(
      async () => (await product.request('GET', '/v1/reports/sources')).body.data,
      ([first]) => first.converted === 1,
    );
    expect(row).toMatchObject({ source: 'fair', leads: 1, mql: 1, qualified: 1, converted: 1, won: 0, conversionRate: 1 });
    const deals = await eventually(
      async () => (await product.request('GET', `/v1/deals?leadId=${stays}`)).body.data,
      (found) => found.length === 1,
    );
    const amount = { amount: 120_000, currency: 'EUR' };
    await product.request('PATCH', `/v1/deals/${deals[0].id}`, { body: { amount } });
    expect((await product.request('POST', `/v1/deals/${deals[0].id}/win`, { body: {} })).status).toBe(200);
    const sources = async () => (await product.request('GET', '/v1/reports/sources')).body.data[0];
    await eventually(sources, ({ won }) => won === 1);
    expect((await sources()).wonAmount).toEqual([amount]);
    expect((await product.request('GET', '/v1/lookup?email=new@merge.example')).body).toMatchObject({
      standing: 'customer',
      leadId: stays,
    });
    expect((await product.request('POST', `/v1/deals/${deals[0].id}/reopen`, { body: {} })).status).toBe(200);
    const reopened = await eventually(sources, ({ won }) => won === 0);
    expect(reopened.wonAmount).toEqual([]);
    expect((await product.request('GET', '/v1/admin/dead-letters')).body.data).toEqual([]);
  });
});
