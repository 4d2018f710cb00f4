import { beforeEach, expect, test } from 'vitest';
import { ErasureRequested } from '#contracts/events/erasures.ts';
import { DeadLetterRecorded } from '#contracts/events/platform.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { type TestEdge, testEdge, testNow, testSecret } from '#testing/unit.ts';
import { isSecret, secretBytes, secretOf } from './domain/secret.ts';
import { apiRoutes, documentRoutes } from './routes.ts';
import { platform } from './service.ts';
import { createApiKey, deleteApiKey, getApiKey, listApiKeys, rotateApiKey } from './use-cases/api-keys.ts';
import { listDeadLetters, recordDeadLetter, redriveDeadLetters } from './use-cases/dead-letters.ts';
import { documentHandlers } from './use-cases/documents.ts';
import { erasePerson } from './use-cases/erase-person.ts';
import { getHealth } from './use-cases/get-health.ts';

let edge: TestEdge;
let call: ReturnType<typeof client>;
let fresh: () => ReturnType<typeof client>;
let consume: (...events: unknown[]) => Promise<unknown>;

beforeEach(() => {
  edge = testEdge();
  let made = 0;
  const newSecret = () => secretOf('test', new Uint8Array(secretBytes).fill(++made));
  const secrets = { newSecret, signingSecret: async () => testSecret };
  const handlers = {
    getHealth: getHealth('1.2.3'),
    createApiKey: createApiKey(secrets),
    listApiKeys,
    getApiKey,
    rotateApiKey: rotateApiKey(secrets),
    deleteApiKey,
    listDeadLetters,
    redriveDeadLetters,
  };
  // A new function has an empty memory of keys.
  fresh = () => client(serveHttp({ service: platform, routes: apiRoutes, handlers, edge }));
  call = fresh();
  seedKey(edge);
  const handler = serveEvents({
    service: platform,
    handlers: { DeadLetterRecorded: recordDeadLetter, ErasureRequested: erasePerson },
    edge,
  });
  consume = (...events) => handler(queueEvent(events), testContext());
});

test('says that it is well and which version it is, to anyone', async () => {
  expect(await call('GET', '/health', { key: null })).toMatchObject({ status: 200, body: { status: 'ok', version: '1.2.3' } });
});

test('a path that nobody serves is 404, to anyone', async () => {
  expect(await call('GET', '/v1/nothing', { key: null })).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
});

test('an API key is shown once and opens at once', async () => {
  const { status, headers, body } = await call('POST', '/v1/api-keys', { body: { name: 'zapier', scopes: ['admin', 'admin'] } });
  expect(status).toBe(201);
  expect(headers.location).toBe(`/v1/api-keys/${body.id}`);
  expect(isSecret(body.secret)).toBe(true);
  expect(body).toMatchObject({ name: 'zapier', scopes: ['admin'], version: 1 });
  const listed = await call('GET', '/v1/api-keys', { key: body.secret });
  const { secret: _secret, ...shown } = body;
  expect(listed).toMatchObject({ status: 200, body: { data: [shown] } });
  expect(listed.body.data[0].secret).toBeUndefined();
});

test('the secret is nowhere in the table, and not in a replay', async () => {
  const request = { headers: { 'idempotency-key': 'k' }, body: { name: 'zapier', scopes: ['deals:read'] } };
  const { body } = await call('POST', '/v1/api-keys', request);
  const replay = await call('POST', '/v1/api-keys', request);
  expect(replay).toMatchObject({ status: 201, body: { id: body.id }, headers: { 'idempotency-replayed': 'true' } });
  expect(replay.body.secret).toBeUndefined();
  expect(JSON.stringify(edge.table.items())).not.toContain(body.secret);
});

test('a key needs scopes that exist and a future to expire in', async () => {
  expect((await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: [] } })).status).toBe(422);
  expect((await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['everything'] } })).status).toBe(422);
  const past = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' } });
  expect(past).toMatchObject({ status: 422, body: { errors: [{ pointer: '/expiresAt' }] } });
});

test('an expired key opens no more', async () => {
  const { body } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], expiresAt: '2026-11-23T00:00:00Z' } });
  expect((await fresh()('GET', '/v1/api-keys', { key: body.secret })).status).toBe(200);
  edge.clock.advance(86_400_000);
  expect((await fresh()('GET', '/v1/api-keys', { key: body.secret })).status).toBe(401);
});

test('a rotated key opens with both secrets until the overlap ends', async () => {
  const { body: first } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'] } });
  const { status, body: second } = await call('POST', `/v1/api-keys/${first.id}/rotate`, { body: { overlapSeconds: 60 } });
  expect(status).toBe(200);
  expect(second).toMatchObject({ id: first.id, version: 2 });
  const opens = async (secret: string) => (await fresh()('GET', '/v1/api-keys', { key: secret })).status === 200;
  expect([await opens(first.secret), await opens(second.secret)]).toEqual([true, true]);
  edge.clock.advance(60_001);
  expect([await opens(first.secret), await opens(second.secret)]).toEqual([false, true]);
});

test('without an overlap the old secret ends at once, and two are alive at most', async () => {
  const { body: first } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'] } });
  const rotate = async (body: unknown) => (await call('POST', `/v1/api-keys/${first.id}/rotate`, { body })).body.secret;
  const second = await rotate({ overlapSeconds: 3_600 });
  const third = await rotate({ overlapSeconds: 3_600 });
  const opens = async (secret: string) => (await fresh()('GET', '/v1/api-keys', { key: secret })).status === 200;
  expect([await opens(first.secret), await opens(second), await opens(third)]).toEqual([false, true, true]);
  const fourth = await rotate({});
  expect([await opens(second), await opens(third), await opens(fourth)]).toEqual([false, false, true]);
  expect(edge.table.items('api-key').filter(({ data }) => JSON.stringify(data).includes(first.id))).toHaveLength(1);
});

test('an overlap does not outlast the key', async () => {
  const { body: first } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], expiresAt: '2026-11-22T18:20:00Z' } });
  await call('POST', `/v1/api-keys/${first.id}/rotate`, { body: { overlapSeconds: 86_400 } });
  edge.clock.advance(120_000);
  expect((await fresh()('GET', '/v1/api-keys', { key: first.secret })).status).toBe(401);
});

test('a revoked key opens no more and is not listed', async () => {
  const { body } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'] } });
  expect((await call('DELETE', `/v1/api-keys/${body.id}`, { headers: { 'if-match': '"7.0"' } })).status).toBe(412);
  expect((await call('DELETE', `/v1/api-keys/${body.id}`)).status).toBe(204);
  expect((await fresh()('GET', '/v1/api-keys', { key: body.secret })).status).toBe(401);
  expect((await call('GET', '/v1/api-keys')).body.data).toEqual([]);
  expect((await call('DELETE', `/v1/api-keys/${body.id}`)).status).toBe(404);
  expect((await call('POST', `/v1/api-keys/${body.id}/rotate`)).status).toBe(404);
});

test('a key is shown by itself as in the list, and has a tag', async () => {
  const { body, headers } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], requestsPerSecond: 5 } });
  const { secret: _secret, ...shown } = body;
  const one = await call('GET', headers.location ?? '');
  expect(one).toMatchObject({ status: 200, body: shown, headers: { etag: headers.etag } });
  expect((await call('GET', headers.location ?? '', { headers: { 'if-none-match': one.headers.etag ?? '' } })).status).toBe(304);
  expect((await call('GET', `/v1/api-keys/${newId('apiKey', testNow)}`)).status).toBe(404);
});

test('the limit of a key is a whole number from 1, is shown, and stays when it is rotated', async () => {
  for (const requestsPerSecond of [0, -1, 1.5, '5', 10_001]) {
    const refused = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], requestsPerSecond } });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/requestsPerSecond' }] } });
  }
  const { body: first } = await call('POST', '/v1/api-keys', { body: { name: 'x', scopes: ['admin'], requestsPerSecond: 3 } });
  const { body: second } = await call('POST', `/v1/api-keys/${first.id}/rotate`, { body: { overlapSeconds: 60 } });
  expect(second.requestsPerSecond).toBe(3);
  // Both secrets are of one key, so they share its limit, in whichever function they are used.
  const asks = [first.secret, second.secret, first.secret, second.secret, first.secret].map((key) =>
    fresh()('GET', '/v1/api-keys', { key }),
  );
  const statuses = (await Promise.all(asks)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([200, 200, 200, 429, 429]);
});

test('keys say in which hour they were used last, which changes their tag but not their version', async () => {
  const { body: used, headers } = await call('POST', '/v1/api-keys', { body: { name: 'used', scopes: ['admin'] } });
  await call('POST', '/v1/api-keys', { body: { name: 'unused', scopes: ['admin'] } });
  await fresh()('GET', '/v1/api-keys', { key: used.secret });
  const list = async () => (await call('GET', '/v1/api-keys')).body.data;
  expect(await list()).toMatchObject([{ name: 'unused' }, { name: 'used', lastUsedAt: '2026-11-22T18:00:00.000Z', version: 1 }]);
  expect((await list())[0].lastUsedAt).toBeUndefined();
  edge.clock.advance(3_600_000);
  await fresh()('GET', '/v1/api-keys', { key: used.secret });
  const one = await call('GET', `/v1/api-keys/${used.id}`, { headers: { 'if-none-match': headers.etag ?? '' } });
  expect(one).toMatchObject({ status: 200, body: { lastUsedAt: '2026-11-22T19:00:00.000Z', version: 1 } });
  const rotated = await call('POST', `/v1/api-keys/${used.id}/rotate`, { headers: { 'if-match': headers.etag ?? '' } });
  expect(rotated).toMatchObject({ status: 200, body: { lastUsedAt: '2026-11-22T19:00:00.000Z', version: 2 } });
});

test('a page of a thousand keys as CSV says when each was used', async () => {
  const { body: oldest } = await call('POST', '/v1/api-keys', { body: { name: 'oldest', scopes: ['admin'] } });
  await call('GET', '/v1/api-keys', { key: oldest.secret });
  for (let n = 0; n < 150; n += 1) await call('POST', '/v1/api-keys', { body: { name: `k${n}`, scopes: ['deals:read'] } });
  const csv = await call('GET', '/v1/api-keys?limit=1000', { headers: { accept: 'text/csv' } });
  expect(csv.status).toBe(200);
  const lines = String(csv.body).trim().split('\n');
  expect(lines).toHaveLength(152);
  expect(lines.at(-1)).toContain('2026-11-22T18:00:00.000Z');
});

test('keys are an administrator’s', async () => {
  seedKey(edge, ['deals:write'], 'lk_sales');
  expect((await call('GET', '/v1/api-keys', { key: 'lk_sales' })).status).toBe(403);
  expect((await call('GET', '/v1/admin/dead-letters', { key: null })).status).toBe(401);
});

test('a secret has 160 random bits and a checksum that a typo breaks', () => {
  const secret = secretOf(
    'prod',
    new Uint8Array(secretBytes).map((_, i) => i * 13),
  );
  expect(secret).toMatch(/^lk_prod_[0-9a-hjkmnp-tv-z]{39}$/);
  expect(isSecret(secret)).toBe(true);
  expect(isSecret(secret.replace(/.(?=.{8}$)/, (letter) => (letter === '0' ? '1' : '0')))).toBe(false);
  expect(isSecret('lk_local_admin')).toBe(false);
});

const deadLetter = (n: number, consumer = 'deals', event: Record<string, unknown> = { n }, detailType = 'LeadConverted') => {
  edge.clock.advance(1);
  return busEvent({
    source: 'deals',
    contract: DeadLetterRecorded,
    subject: newId('deadLetter', edge.now()),
    data: {
      consumer,
      eventId: newId('event', testNow),
      detailType,
      error: `failed ${n}`,
      correlationId: 'req_test',
      receivedAt: '2026-11-22T18:18:42.000Z',
      event: { 'detail-type': detailType, ...event },
    },
  });
};
const listed = async () => (await call('GET', '/v1/admin/dead-letters')).body.data;
const redrive = (body?: unknown) => call('POST', '/v1/admin/dead-letters/redrive', body === undefined ? {} : { body });
const redriven = () => edge.table.events.filter(({ detailType }) => detailType === 'DeadLetterRedriven');

test('dead letters are listed newest first, whole, once', async () => {
  const [first, second] = [deadLetter(1), deadLetter(2, 'intake')];
  await consume(first, second, first);
  await consume(second);
  expect(await listed()).toMatchObject([
    { consumer: 'intake', error: 'failed 2', event: { 'detail-type': 'LeadConverted', n: 2 } },
    { consumer: 'deals', error: 'failed 1' },
  ]);
});

test('a redriven dead letter goes to its consumer and off the list, and comes back anew when it fails again', async () => {
  await consume(deadLetter(1), deadLetter(2, 'intake'), deadLetter(3));
  const [third, , first] = await listed();
  expect(await redrive({ consumer: 'deals' })).toMatchObject({ status: 202, body: { redriven: 2 } });
  expect((await listed()).map(({ error }: { error: string }) => error)).toEqual(['failed 2']);
  expect(redriven().map(({ detail }) => detail)).toMatchObject([
    { metadata: { subject: first.id, sequence: 1 }, data: { deadLetterId: first.id, consumer: 'deals', event: first.event } },
    { data: { deadLetterId: third.id } },
  ]);
  await consume(deadLetter(1));
  expect((await listed())[0].error).toBe('failed 1');
  expect((await listed())[0].id).not.toBe(first.id);
});

test('a dead letter told twice does not come back after it was redriven', async () => {
  const event = deadLetter(1);
  await consume(event);
  await redrive();
  await consume(event);
  expect(await listed()).toEqual([]);
});

test('dead letters can be named, and each that is not there is named in turn', async () => {
  await consume(deadLetter(1), deadLetter(2, 'intake'));
  const [second, first] = await listed();
  const unknown = newId('deadLetter', testNow);
  expect(await redrive({ ids: [first.id, unknown] })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/ids/1', code: 'unknown_id' }] },
  });
  expect(redriven()).toEqual([]);
  expect((await redrive({ ids: [first.id, second.id, first.id], consumer: 'intake' })).body).toEqual({ redriven: 1 });
  expect((await redrive({ ids: [first.id] })).body).toEqual({ redriven: 1 });
  expect((await redrive()).body).toEqual({ redriven: 0 });
});

test('two who redrive at once send it once', async () => {
  await consume(deadLetter(1));
  edge.table.interfere(() => redrive());
  expect((await redrive()).body).toEqual({ redriven: 0 });
  expect(redriven()).toHaveLength(1);
});

test('a call redrives what fits a transaction, the oldest first; the next one goes on', async () => {
  for (let n = 0; n < 60; n += 1) await consume(deadLetter(n));
  expect((await redrive()).body).toEqual({ redriven: 49 });
  expect((await redrive(undefined)).body).toEqual({ redriven: 11 });
  expect(redriven().map(({ detail }) => detail.data)).toMatchObject(Array.from({ length: 60 }, (_, n) => ({ event: { n } })));
});

test('large dead letters are redriven and listed a few at a time', async () => {
  for (let n = 0; n < 24; n += 1) await consume(deadLetter(n, 'deals', { text: 'x'.repeat(200_000) }));
  const { body } = await call('GET', '/v1/admin/dead-letters');
  expect(body.data).toHaveLength(19);
  const rest = await call('GET', `/v1/admin/dead-letters?cursor=${body.nextCursor}`);
  expect(rest.body).toMatchObject({ nextCursor: null });
  expect(rest.body.data).toHaveLength(5);
  expect((await redrive()).body).toEqual({ redriven: 7 });
});

test('the documents are read from beside the code and known by their tags', async () => {
  const policy = "default-src 'none'; script-src 'sha256-abc'";
  const files: Record<string, string> = {
    'openapi.json': '{"openapi":"3.1.0"}',
    'asyncapi.json': '{"asyncapi":"3.0.0"}',
    'docs.html': `<html><meta http-equiv="Content-Security-Policy" content="${policy}"></html>`,
  };
  const handlers = documentHandlers(async (name) => files[name] ?? '');
  const ask = client(serveHttp({ service: platform, routes: documentRoutes, handlers, edge }));
  const openapi = await ask('GET', '/openapi.json', { key: null });
  expect(openapi).toMatchObject({ status: 200, body: { openapi: '3.1.0' }, headers: { 'content-type': 'application/json' } });
  expect(openapi.headers['cache-control']).toBe('no-store');
  expect((await ask('GET', '/openapi.json', { key: null, headers: { 'if-none-match': openapi.headers.etag ?? '' } })).status).toBe(304);
  expect((await ask('GET', '/asyncapi.json', { key: null })).body).toEqual({ asyncapi: '3.0.0' });
  const page = await ask('GET', '/docs', { key: null });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['cache-control']).toBe('public, max-age=300');
  expect(page.headers['content-security-policy']).toBe(`${policy}; frame-ancestors 'none'`);
  expect((await ask('POST', '/docs', { key: null, body: {} })).status).toBe(405);
});

test('dead letters about an erased person go and do not come back, those of the erasure itself wait to be sent again', async () => {
  const leadId = newId('lead', testNow);
  const erasureId = newId('erasure', testNow);
  const about = { detail: { data: { leadId } } };
  await consume(deadLetter(1, 'deals', about), deadLetter(2, 'deals', about, 'ErasureRequested'), deadLetter(3));
  const data = { erasureId, round: 1, requestedAt: '2026-11-22T18:18:42.000Z', leadIds: [leadId], contactIds: [], dealIds: [] };
  await consume(busEvent({ source: 'intake', contract: ErasureRequested, subject: erasureId, data }));
  const listed = async () => (await call('GET', '/v1/admin/dead-letters')).body.data.map(({ error }: { error: string }) => error);
  expect(await listed()).toEqual(['failed 3', 'failed 2']);
  await consume(deadLetter(4, 'deals', about));
  expect(await listed()).toEqual(['failed 3', 'failed 2']);
  const answer = edge.table.events.find(({ detailType }) => detailType === 'PersonalDataErased');
  expect(answer?.detail.data).toMatchObject({ erasureId, service: 'platform', records: 1 });
});
