import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../product.ts';

let product: Product;
let paths: Record<string, Record<string, { operationId: string; security: unknown[] }>>;

beforeAll(async () => {
  product = await startProduct();
  paths = (await product.request('GET', '/openapi.json', { key: null })).body.paths;
});
afterAll(async () => {
  await product.stop();
});

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** An id of the right shape for every parameter, that does not exist. */
const prefixes: Record<string, string> = {
  formId: 'form',
  submissionId: 'sub',
  leadId: 'lead',
  accountId: 'acct',
  contactId: 'cont',
  pipelineId: 'pipe',
  dealId: 'deal',
  keyId: 'key',
};
const concrete = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => `${prefixes[name] ?? 'x'}_01ARZ3NDEKTSV4RRFFQ69G5FAV`);

describe('the documents of the API', () => {
  it('document only what is served: each operation asks for credentials or answers, and every other method of its path is 405', async () => {
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of methods) {
        const operation = operations[method.toLowerCase()];
        const { status } = await product.request(method, concrete(path), { key: null, ...(method !== 'GET' && { body: {} }) });
        const expected = operation === undefined ? [405] : operation.security.length > 0 ? [401] : [200, 404, 422];
        expect({ method, path, status, as: expected.includes(status) ? 'documented' : 'not documented' }).toEqual({
          method,
          path,
          status,
          as: 'documented',
        });
      }
    }
  });

  it('are readable by people without anything from another host', async () => {
    const page = await product.request('GET', '/docs', { key: null });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.text).not.toMatch(/<(?:script|link)[^>]+(?:src|href)=["']https?:/);
    const events = await product.request('GET', '/asyncapi.json', { key: null });
    expect(events.body.asyncapi).toBe('3.0.0');
  });
});
