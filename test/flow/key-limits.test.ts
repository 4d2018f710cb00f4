import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const limit = 10;
const newKey = async (more: Readonly<Record<string, unknown>> = {}): Promise<{ id: string; secret: string }> => {
  const scopes = ['intake:read', 'leads:read', 'qualification:read', 'accounts:read', 'deals:read'];
  return (await product.request('POST', '/v1/api-keys', { body: { name: 'limited', scopes, ...more } })).body;
};
/** A list of each service. */
const lists = ['/v1/leads', '/v1/qualification/criteria', '/v1/accounts', '/v1/deals', '/v1/forms'];

/** So many requests at once, and the seconds until the last was answered. */
const burst = async (key: string, requests: number, paths: readonly string[]) => {
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, n) => product.request('GET', paths[n % paths.length] ?? '', { key })),
  );
  return { answers, seconds: (performance.now() - startedAt) / 1_000 };
};
const countOf = (answers: readonly Exchange[], wanted: number): number => answers.filter(({ status }) => status === wanted).length;

describe('requestsPerSecond', () => {
  it.each([
    ['one service', ['/v1/accounts']],
    ['all services at once', lists],
  ])('is about what a burst at %s is let through; the others hear truly when to come again', async (_, paths) => {
    const { secret } = await newKey({ requestsPerSecond: limit });
    const { answers, seconds } = await burst(secret, limit * 6, paths);
    const [accepted, refused] = [countOf(answers, 200), countOf(answers, 429)];
    expect(accepted + refused).toBe(limit * 6);
    expect(accepted).toBeGreaterThanOrEqual(limit);
    // A window begins with each second that the burst lasts, and a slow machine may let a second look quiet to one of the functions.
    expect(accepted).toBeLessThanOrEqual(limit * (1 + 1.25 * (Math.ceil(seconds) - 1)));
    expect(refused).toBeGreaterThan(0);

    for (const { status, headers, body } of answers) {
      expect(headers.get('ratelimit-policy')).toBe(`"key";q=${limit};w=1`);
      expect(headers.get('ratelimit')).toMatch(/^"key";r=\d+;t=1$/);
      if (status === 429) {
        expect(body).toMatchObject({ type: '/problems/too-many-requests', status: 429 });
        expect(headers.get('retry-after')).toBe('1');
      }
    }
    await wait(1_000 * Number(answers.find(({ status }) => status === 429)?.headers.get('retry-after')));
    expect((await product.request('GET', paths[0] ?? '', { key: secret })).status).toBe(200);
  });

  it('is nobody else’s: keys without one are not limited, and not told of any', async () => {
    const { secret } = await newKey();
    const { answers } = await burst(secret, 60, lists);
    expect(countOf(answers, 200)).toBe(60);
    for (const { headers } of answers) expect(headers.get('ratelimit')).toBeNull();
  });
});

describe('lastUsedAt', () => {
  it('says the hour in which a key was used, whichever service it was used at', async () => {
    const key = await newKey();
    const shown = async () => (await product.request('GET', `/v1/api-keys/${key.id}`)).body;
    expect((await shown()).lastUsedAt).toBeUndefined();
    const hour = () => new Date(Date.now() - (Date.now() % 3_600_000)).toISOString();
    const before = hour();
    await product.request('GET', '/v1/deals', { key: key.secret });
    const { lastUsedAt, version } = await shown();
    expect([before, hour()]).toContain(lastUsedAt);
    expect(version).toBe(1);
    const { body } = await product.request('GET', '/v1/api-keys');
    expect(body.data.find(({ id }: { id: string }) => id === key.id)).toMatchObject({ lastUsedAt });
  });
});

describe("a form's limit", () => {
  it('is told with each receipt, and with the refusal beyond it', async () => {
    const { body: form } = await product.request('POST', '/v1/forms', { body: { name: 'F', source: 's', submissionsPerMinute: 2 } });
    const submit = (n: number) =>
      product.request('POST', `/v1/forms/${form.id}/submissions`, { key: null, body: { email: `person${n}@acme.example` } });
    const answers = [await submit(1), await submit(2), await submit(3)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual(Array.from({ length: 3 }, () => '"form";q=2;w=60'));
    expect(answers.map(({ headers }) => headers.get('ratelimit')?.split(';t=')[0])).toEqual(['"form";r=1', '"form";r=0', '"form";r=0']);
    const seconds = Number(answers[2]?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(answers[2]?.headers.get('ratelimit')).toBe(`"form";r=0;t=${seconds}`);
  });
});
