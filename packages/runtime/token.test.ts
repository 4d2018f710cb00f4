import { createHmac, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { route } from '#contracts/core/route.ts';
import { issuerKey, startIssuer, type TestIssuer } from '#testing/issuer.ts';
import { client, seedKey, testKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { created, ok } from './answer.ts';
import { serveHttp } from './http.ts';

const routes = {
  readLeads: route({ method: 'GET', path: '/v1/leads', access: 'leads', summary: '', answer: { status: 200 } }),
  createLead: route({ method: 'POST', path: '/v1/leads', access: 'leads', summary: '', answer: { status: 201 } }),
};

let issuer: TestIssuer;
let edge: TestEdge;
let call: ReturnType<typeof client>;
let made: number;

/** Another function, with a memory of its own. */
const fresh = () =>
  client(
    serveHttp({
      service: { name: 'intake', routes },
      handlers: {
        readLeads: async (_, unit) => ok({ actor: unit.actor }),
        createLead: async (_, unit) => {
          made += 1;
          const answer = created('/v1/leads/x', { made });
          await unit.commit({ writes: [], answer });
          return answer;
        },
      },
      edge,
    }),
  );

beforeEach(async () => {
  issuer = await startIssuer();
  edge = { ...testEdge(), oidc: issuer.settings };
  made = 0;
  call = fresh();
});
afterEach(async () => {
  await issuer.stop();
});

const read = (token: string, ask = call) => ask('GET', '/v1/leads', { key: token, headers: { 'x-request-id': 'same' } });
const token: TestIssuer['token'] = (claims, options) => issuer.token(claims, { at: edge.now(), ...options });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('opens what its scopes cover, and nothing else; what follows says whose it was', async () => {
    const bearer = await token({ scope: 'openid leads:read' });
    expect(await read(bearer)).toMatchObject({ status: 200, body: { actor: 'user:ada' } });
    const refused = await call('POST', '/v1/leads', { key: bearer });
    expect(refused).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    expect((await read(await token({ scope: 'admin' }))).status).toBe(200);
    for (const scope of ['deals:read', 'leads', '', undefined, 7, ['leads:read']])
      expect((await read(await token({ scope }))).status).toBe(403);
  });

  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('may be signed with %s', async (alg) => {
    issuer.keys = [await issuerKey('one', alg)];
    expect((await read(await token())).status).toBe(200);
  });

  it('for several audiences, this one among them, is for this one too', async () => {
    expect((await read(await token({ aud: ['another', 'leadline'] }))).status).toBe(200);
  });

  it('that is wrong in whatever way is refused in the same words as a wrong key', async () => {
    const [present] = issuer.keys;
    if (present === undefined) throw new Error('no key');
    const stranger = await issuerKey('first');
    const good = await token();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const now = Math.floor(edge.now() / 1_000);
    const publicPem = createPublicKey({ key: present.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const hmac = `${part({ alg: 'HS256', kid: 'first' })}.${payload}`;
    const wrong: Record<string, string> = {
      'alg none': `${part({ alg: 'none' })}.${payload}.`,
      'alg none with a kid and the signature': `${part({ alg: 'none', kid: 'first' })}.${payload}.${signature}`,
      'HS256 with the public key as its secret': `${hmac}.${createHmac('sha256', publicPem).update(hmac).digest('base64url')}`,
      "another issuer's signature": await token({}, { key: stranger }),
      "another issuer's signature under a key not known": await token({}, { key: { ...stranger, kid: 'other' } }),
      'another issuer': await token({ iss: 'https://evil.example' }),
      'another audience': await token({ aud: 'another' }),
      'no audience': await token({ aud: undefined }),
      expired: await token({ exp: now - 1 }),
      'expired this second': await token({ exp: now }),
      'without an end': await token({ exp: undefined }),
      'not yet valid': await token({ nbf: now + 60 }),
      'of nobody': await token({ sub: undefined }),
      'of somebody too long': await token({ sub: 'a'.repeat(256) }),
      'of somebody with a line break': await token({ sub: 'a\nb' }),
      'a claim changed': `${header}.${part({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), scope: 'admin' })}.${signature}`,
      'a signature cut': `${header}.${payload}.${signature.slice(0, -4)}`,
      'no signature': `${header}.${payload}.`,
      'a critical header we do not know': `${part({ alg: 'RS256', kid: 'first', crit: ['x'], x: 1 })}.${payload}.${signature}`,
      'no JSON': `${part('x')}.${payload}.${signature}`,
      'too long': await token({ padding: 'x'.repeat(9_000) }),
      'a wrong key': 'lk_test_wrong',
    };
    const answers = await Promise.all(
      Object.entries(wrong).map(async ([name, bearer]) => [name, JSON.stringify(await read(bearer))] as const),
    );
    const expected = JSON.stringify(await call('GET', '/v1/leads', { key: null, headers: { 'x-request-id': 'same' } }));
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(Object.keys(wrong).map((name) => [name, expected])));
    expect((await read(good)).status).toBe(200);
  });

  it('that is refused takes the look-up of a key, as any wrong credential does', async () => {
    const reads = async (request: Parameters<typeof call>[2]) => {
      const before = edge.table.consumed.calls;
      expect((await call('GET', '/v1/leads', request)).status).toBe(401);
      return edge.table.consumed.calls - before;
    };
    expect(await reads({ key: await token({ aud: 'another' }) })).toBe(1);
    expect(await reads({ key: `${part({ alg: 'none' })}.${part({})}.` })).toBe(1);
    expect(await reads({ key: 'lk_wrong' })).toBe(1);
    expect(await reads({ key: 'x'.repeat(600) })).toBe(1);
    expect(await reads({ key: null, headers: { authorization: 'Basic abc' } })).toBe(1);
  });

  it('ends when it says so, also in a function that has taken it before', async () => {
    const bearer = await token();
    expect((await read(bearer)).status).toBe(200);
    edge.clock.advance(299_000);
    expect((await read(bearer)).status).toBe(200);
    edge.clock.advance(1_000);
    expect((await read(bearer)).status).toBe(401);
  });

  it('has its own Idempotency-Keys', async () => {
    const post = async (sub: string) =>
      (await call('POST', '/v1/leads', { key: await token({ sub, scope: 'leads:write' }), headers: { 'idempotency-key': 'k' } })).body;
    expect([await post('ada'), await post('grace'), await post('ada')]).toEqual([{ made: 1 }, { made: 2 }, { made: 1 }]);
  });

  it('is nothing where no issuer is configured, and keys work as ever beside one', async () => {
    seedKey(edge);
    expect((await read(testKey)).status).toBe(200);
    edge = { ...edge, oidc: undefined };
    expect((await read(await token(), fresh())).status).toBe(401);
    expect(issuer.fetches).toBe(0);
  });
});

describe("an issuer's keys", () => {
  it('are fetched once, and at once for a key that is new; the one that was taken back ends within ten minutes', async () => {
    const old = await token();
    for (let n = 0; n < 5; n += 1) expect((await read(old)).status).toBe(200);
    expect(issuer.fetches).toBe(1);
    issuer.keys = [...issuer.keys, await issuerKey('second')];
    expect((await read(await token())).status).toBe(200);
    expect((await read(old)).status).toBe(200);
    expect(issuer.fetches).toBe(2);

    const leaked = issuer.keys[0];
    issuer.keys = issuer.keys.slice(1);
    edge.clock.advance(600_000);
    expect((await read(await token({}, leaked === undefined ? {} : { key: leaked }))).status).toBe(401);
    expect((await read(await token())).status).toBe(200);
  });

  it('are not fetched more than once in ten seconds in the long run, whatever keys tokens name', async () => {
    await read(await token());
    const stranger = await issuerKey('x');
    for (let n = 0; n < 30; n += 1) expect((await read(await token({}, { key: { ...stranger, kid: `made-up-${n}` } }))).status).toBe(401);
    expect(issuer.fetches).toBeLessThanOrEqual(4);
    edge.clock.advance(10_000);
    issuer.keys = [await issuerKey('second')];
    expect((await read(await token())).status).toBe(200);
  });

  it('without names are tried one by one, and fetched anew when none fits', async () => {
    issuer.keys = [await issuerKey(undefined), await issuerKey(undefined)];
    const [first, second] = issuer.keys;
    for (const key of [first, second]) expect((await read(await token({}, key === undefined ? {} : { key }))).status).toBe(200);
    issuer.keys = [await issuerKey(undefined)];
    expect((await read(await token())).status).toBe(200);
    expect((await read(await token({}, first === undefined ? {} : { key: first }))).status).toBe(401);
  });

  it.each([
    ['answers 503', { status: 503, body: 'down' }],
    ['answers without a key', { status: 200, body: '{"keys":[]}' }],
    ['answers what is no JSON', { status: 200, body: '<html>' }],
  ])('that are known stay good while the issuer %s', async (_, outage) => {
    expect((await read(await token())).status).toBe(200);
    issuer.outage = outage;
    edge.clock.advance(3_600_000);
    expect((await read(await token())).status).toBe(200);
    expect((await read(await token({}, { key: await issuerKey('new') }))).status).toBe(401);
    const fetches = issuer.fetches;
    for (let n = 0; n < 5; n += 1) expect((await read(await token())).status).toBe(200);
    expect(issuer.fetches).toBe(fetches);
  });

  it('that nobody knows yet are asked for again: until then a token can be neither taken nor refused', async () => {
    issuer.outage = { status: 500, body: '' };
    expect(await read(await token())).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await read('lk_wrong')).status).toBe(401);
    issuer.outage = undefined;
    edge.clock.advance(1_000);
    expect((await read(await token())).status).toBe(200);
  });

  it('are waited for two seconds, not for ever', async () => {
    issuer.outage = 'hang';
    const before = performance.now();
    expect((await read(await token())).status).toBe(503);
    expect(performance.now() - before).toBeLessThan(6_000);
  });
});
