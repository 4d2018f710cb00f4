import { beforeEach, describe, expect, it } from 'vitest';
import { route } from '#contracts/core/route.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge, testSecret } from '#testing/unit.ts';
import { ok } from './answer.ts';
import { apiKeyItem } from './api-key.ts';
import { serveHttp } from './http.ts';
import { internal, notFound } from './problem.ts';

const routes = {
  readLead: route({ method: 'GET', path: '/v1/leads/{leadId}', access: 'leads', summary: '', answer: { status: 200 } }),
  readDeal: route({ method: 'GET', path: '/v1/deals', access: 'deals', summary: '', answer: { status: 200 } }),
  readLeads: route({ method: 'GET', path: '/v1/leads', access: 'leads', summary: '', answer: { status: 200 } }),
  fail: route({ method: 'GET', path: '/v1/failure', access: 'leads', summary: '', answer: { status: 200 } }),
};

let edge: TestEdge;
let call: ReturnType<typeof client>;

const fresh = () =>
  client(
    serveHttp({
      service: { name: 'intake', routes },
      handlers: {
        readLead: async () => {
          throw notFound();
        },
        readDeal: async () => ok({}),
        readLeads: async () => ok({}),
        fail: async () => {
          throw internal();
        },
      },
      edge,
    }),
  );

beforeEach(() => {
  edge = testEdge();
  call = fresh();
});

/** Makes a key of that name valid; what of it is given replaces what it has. */
const seed = (key: string, record: Partial<Parameters<typeof apiKeyItem>[0]['record']> = {}) =>
  edge.table.seed(
    apiKeyItem({
      key,
      secret: testSecret,
      record: { id: `key_${key}`, name: key, scopes: ['leads:read'], createdAt: new Date(edge.now()).toISOString(), ...record },
    }),
  );
const statusOf = async (key: string, ask = call) => (await ask('GET', '/v1/leads', { key })).status;

describe('a limited key', () => {
  it('is told on every answer where its limit stands, and when to come again once it is used up', async () => {
    seed('lk_limited', { requestsPerSecond: 5 });
    const ask = (path: string) => call('GET', path, { key: 'lk_limited' });
    const answers = [
      await ask('/v1/leads'),
      await ask('/v1/leads/lead_x'),
      await ask('/v1/leads/lead_01KBBBBBBBBBBBBBBBBBBBBBBB'),
      await ask('/v1/deals'),
      await ask('/v1/failure'),
      await ask('/v1/leads'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 403, 500, 429]);
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual(Array.from({ length: 6 }, () => '"key";q=5;w=1'));
    expect(answers.map(({ headers }) => headers.ratelimit)).toEqual([4, 3, 2, 1, 0, 0].map((r) => `"key";r=${r};t=1`));
    const [refused] = answers.slice(-1);
    expect(refused).toMatchObject({
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      body: { type: '/problems/too-many-requests', status: 429, title: 'Too many requests' },
    });
    edge.clock.advance(1_000);
    expect(await statusOf('lk_limited')).toBe(200);
  });

  it('shares its limit over functions, and takes nothing of others', async () => {
    seed('lk_limited', { requestsPerSecond: 6 });
    seed('lk_free');
    const functions = [fresh(), fresh(), fresh(), fresh()];
    const asks = Array.from({ length: 40 }, (_, n) => statusOf('lk_limited', functions[n % 4]));
    expect((await Promise.all(asks)).filter((status) => status === 200)).toHaveLength(6);
    expect((await call('GET', '/v1/leads', { key: 'lk_free' })).headers.ratelimit).toBeUndefined();
  });

  it('goes on while the table does not count', async () => {
    seed('lk_limited', { requestsPerSecond: 10 });
    const broken = async () => {
      throw new Error('throttled');
    };
    edge = { ...edge, table: { ...edge.table, takeFromWindow: broken, noteUse: broken } };
    expect(await statusOf('lk_limited', fresh())).toBe(200);
  });
});

describe('a key that was trusted', () => {
  it('is refused from the second on in which it expires, also by who has just read it', async () => {
    seed('lk_ending', { expiresAt: new Date(edge.now() + 10_000).toISOString() });
    expect(await statusOf('lk_ending')).toBe(200);
    edge.clock.advance(9_999);
    expect(await statusOf('lk_ending')).toBe(200);
    edge.clock.advance(1);
    expect(await statusOf('lk_ending')).toBe(401);
  });

  it('is refused within 60 s of its revocation, of its rotation without an overlap, and of what it may no longer', async () => {
    seed('lk_key');
    expect(await statusOf('lk_key')).toBe(200);
    seed('lk_key', { revokedAt: new Date(edge.now()).toISOString() });
    edge.clock.advance(59_000);
    expect(await statusOf('lk_key')).toBe(401);

    seed('lk_key');
    edge.clock.advance(5_000);
    expect(await statusOf('lk_key')).toBe(200);
    // Rotated: the former secret now ends, which who trusts it hears of when it reads it next.
    seed('lk_key', { expiresAt: new Date(edge.now() + 1_000).toISOString() });
    edge.clock.advance(59_000);
    expect(await statusOf('lk_key')).toBe(401);

    seed('lk_key');
    edge.clock.advance(5_000);
    expect(await statusOf('lk_key')).toBe(200);
    seed('lk_key', { scopes: ['deals:read'] });
    edge.clock.advance(59_000);
    expect(await statusOf('lk_key')).toBe(403);
  });

  it('takes the same work to refuse once it is expired or revoked as one that never was', async () => {
    seed('lk_expired', { expiresAt: new Date(edge.now() - 1_000).toISOString() });
    seed('lk_revoked', { revokedAt: new Date(edge.now() - 1_000).toISOString() });
    const readsOf = async (key: string) => {
      const before = edge.table.consumed.calls;
      expect(await statusOf(key)).toBe(401);
      return edge.table.consumed.calls - before;
    };
    for (const wait of [0, 4_000, 5_000, 26_000]) {
      edge.clock.advance(wait);
      const reads = [await readsOf('lk_never'), await readsOf('lk_expired'), await readsOf('lk_revoked'), await readsOf('x'.repeat(600))];
      expect(new Set(reads).size, `after ${wait} ms`).toBe(1);
    }
  });

  it('is not driven out of memory by keys that are made up', async () => {
    seed('lk_key');
    expect(await statusOf('lk_key')).toBe(200);
    for (let n = 0; n < 1_100; n += 1) await statusOf(`lk_made_up_${n}`);
    const before = edge.table.consumed.calls;
    expect(await statusOf('lk_key')).toBe(200);
    expect(edge.table.consumed.calls).toBe(before);
  });
});

describe('the use of a key', () => {
  it('is noted once an hour by each function, and not at all when it is refused', async () => {
    const actor = seedKey(edge, ['leads:read'], 'lk_key');
    const writes = () => edge.table.items('usage-last').map(({ pk, data }) => ({ pk, data }));
    await statusOf('lk_wrong');
    expect(writes()).toEqual([]);
    await statusOf('lk_key');
    const before = edge.table.consumed.calls;
    for (let n = 0; n < 20; n += 1) await statusOf('lk_key');
    expect(edge.table.consumed.calls).toBe(before);
    expect(writes()).toEqual([{ pk: `usage#key#${actor.slice(4)}`, data: { at: Date.parse('2026-11-22T18:00:00.000Z') } }]);
    edge.clock.advance(3_600_000);
    await statusOf('lk_key');
    expect(writes()).toMatchObject([{ data: { at: Date.parse('2026-11-22T19:00:00.000Z') } }]);
  });
});
