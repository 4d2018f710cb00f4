import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';

const send = (product: Product, csv: string, query = '') =>
  product.request('POST', `/v1/imports${query}`, { body: csv, headers: { 'content-type': 'text/csv' } });

const progress = async (product: Product, id: string) => (await product.request('GET', `/v1/imports/${id}`)).body;

const allLeads = async (product: Product) => {
  const leads = [];
  for await (const lead of product.client.all('listLeads', { query: { limit: 100 } })) leads.push(lead);
  return leads;
};

describe('an import', () => {
  it('that kill -9 cuts short in the middle goes on after each start, and no row counts twice', async () => {
    const data = await mkdtemp(join(tmpdir(), 'leadline-import-'));
    let product = await startProduct({ data });
    const rows = Array.from({ length: 700 }, (_, i) =>
      i % 50 === 49 ? `nonsense;N${i};;` : `p${i}@import.example;Person ${i};Company ${i};x`,
    );
    // Without an e-mail nothing but the job's own mark tells a row that was taken in from one that was not.
    const nameless = Array.from({ length: 100 }, (_, i) => `;Nameless ${i};;y`);
    const answer = await send(product, `\ufeffE-Mail;Last Name;Company;Colour\r\n${[...rows, ...nameless].join('\r\n')}\r\n`);
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    for (const at of [1, 250, 500]) {
      await eventually(
        () => progress(product, id),
        ({ processed }) => processed >= at,
        60,
      );
      await product.kill();
      product = await startProduct({ data });
    }
    const done = await eventually(
      () => progress(product, id),
      ({ status }) => status === 'done',
      60,
    );
    expect(done).toMatchObject({ total: 800, processed: 800, created: 786, merged: 0, rejected: 14 });
    const leads = await allLeads(product);
    expect(leads).toHaveLength(786);
    expect(new Set(leads.map(({ lastName }) => lastName)).size).toBe(786);
    const { data: rejections } = (await product.request('GET', `/v1/imports/${id}/rejections?limit=100`)).body;
    expect(rejections.map(({ row }: { row: number }) => row)).toEqual(Array.from({ length: 14 }, (_, i) => i * 50 + 50));
    expect((await product.request('GET', '/v1/admin/dead-letters')).body.data).toEqual([]);
    await product.stop();
    await rm(data, { recursive: true, force: true });
  }, 180_000);
});
