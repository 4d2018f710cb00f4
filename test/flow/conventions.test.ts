import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const unknownLead = 'lead_01ARZ3NDEKTSV4RRFFQ69G5FAV';

const expectProblem = (answer: Exchange, status: number, slug: string): void => {
  expect({ status: answer.status, type: answer.body?.type }).toEqual({ status, type: `/problems/${slug}` });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    title: expect.any(String),
    detail: expect.any(String),
    status,
    requestId: answer.headers.get('x-request-id'),
  });
  expect(answer.text).not.toMatch(/at .*\.(ts|mjs|js):\d|DynamoDB|dynamodb|Zod|TransactionCanceled/);
};

const newLead = async (fields: Record<string, unknown> = {}) =>
  await product.request('POST', '/v1/leads', { body: { lastName: 'Person', email: `p${crypto.randomUUID()}@person.example`, ...fields } });

describe('refusals', () => {
  it.each([
    ['no credentials', null],
    ['an unknown key', 'lk_local_nobody'],
    ['an empty key', ''],
  ])('answers 401 with WWW-Authenticate to %s', async (_, key) => {
    const answer = await product.request('GET', '/v1/leads', { key });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('answers 404 to an unknown path, to anyone', async () => {
    expectProblem(await product.request('GET', '/v1/nothing', { key: null }), 404, 'not-found');
    expectProblem(await product.request('GET', '/', { key: null }), 404, 'not-found');
  });

  it('answers 404 to an id of another kind, of another shape, or that does not exist', async () => {
    for (const id of ['form_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'lead_x', '%2e%2e', unknownLead, `${unknownLead.toLowerCase()}`]) {
      expectProblem(await product.request('GET', `/v1/leads/${id}`), 404, 'not-found');
    }
  });

  it('answers 405 with Allow to a method that the path does not have', async () => {
    const answer = await product.request('PUT', '/v1/leads', { body: {} });
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')?.split(/, ?/)).toEqual(expect.arrayContaining(['GET', 'POST']));
  });

  it.each([
    ['broken JSON', '{"email":', 400, 'malformed-json'],
    ['an empty body', '', 400, 'malformed-json'],
    ['an unknown property', { lastName: 'A', nope: 1 }, 422, 'invalid'],
    ['an e-mail that is none', { email: 'not-an-address' }, 422, 'invalid'],
    ['an e-mail without a dot in its domain', { email: 'a@localhost' }, 422, 'invalid'],
    ['a wrong type', { lastName: 7 }, 422, 'invalid'],
    ['control characters', { lastName: 'a\u0007b' }, 422, 'invalid'],
    ['a string over 500 characters', { lastName: 'x'.repeat(501) }, 422, 'invalid'],
    ['nobody to call', { firstName: 'Only' }, 422, 'invalid'],
    ['an array', [], 422, 'invalid'],
  ])('refuses %s', async (_, body, status, slug) => {
    const answer = await product.request('POST', '/v1/leads', {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(answer, status, slug);
    if (status === 422) expect(answer.body.errors.length).toBeGreaterThan(0);
  });

  it('names the faulty field by JSON Pointer', async () => {
    const answer = await product.request('POST', '/v1/leads', { body: { lastName: 'A', utm: { source: 5 }, 'odd/na~me': 1 } });
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/odd~1na~0me', '/utm/source']);
  });

  it('answers 413 to a body over 1 MiB and 415 to a content type that it does not take', async () => {
    expectProblem(
      await product.request('POST', '/v1/leads', { body: { lastName: 'A', message: 'x'.repeat(1_100_000) } }),
      413,
      'body-too-large',
    );
    expectProblem(
      await product.request('POST', '/v1/leads', { body: '<lead/>', headers: { 'content-type': 'application/xml' } }),
      415,
      'unsupported-media-type',
    );
  });

  it('answers 400 to query values that are not valid or empty', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=ten', 'limit=', 'status=old', 'cursor=abc', 'email=nonsense']) {
      const answer = await product.request('GET', `/v1/leads?${query}`);
      expect({ query, status: answer.status }).toEqual({ query, status: 400 });
      expect(answer.headers.get('content-type')).toMatch(/problem/);
    }
  });
});

describe('access', () => {
  const keyWith = async (...scopes: string[]): Promise<string> =>
    (await product.request('POST', '/v1/api-keys', { body: { name: 'test', scopes } })).body.secret;

  it('lets a key do what its scopes say and nothing else', async () => {
    const reader = await keyWith('leads:read');
    expect((await product.request('GET', '/v1/leads', { key: reader })).status).toBe(200);
    expectProblem(await product.request('POST', '/v1/leads', { key: reader, body: { lastName: 'A' } }), 403, 'forbidden');
    expectProblem(await product.request('GET', '/v1/deals', { key: reader }), 403, 'forbidden');
    expectProblem(await product.request('GET', '/v1/api-keys', { key: reader }), 403, 'forbidden');
    const writer = await keyWith('leads:write');
    expect((await product.request('GET', '/v1/leads', { key: writer })).status).toBe(200);
  });

  it('shows the secret of a key once: not when it is read, not in a replay', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { name: 'once', scopes: ['leads:read'] };
    const first = await product.request('POST', '/v1/api-keys', { body, headers });
    expect(first.body.secret).toMatch(/^lk_/);
    const replay = await product.request('POST', '/v1/api-keys', { body, headers });
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    expect(replay.body.id).toBe(first.body.id);
    expect(replay.text).not.toContain(first.body.secret);
    expect((await product.request('GET', '/v1/api-keys')).text).not.toContain(first.body.secret);
  });
});

describe('every answer', () => {
  it('carries the request id of the caller, or a new one when that has another shape', async () => {
    expect((await product.request('GET', '/v1/leads', { headers: { 'x-request-id': 'mine-1.2_3' } })).headers.get('x-request-id')).toBe(
      'mine-1.2_3',
    );
    const fresh = (await product.request('GET', '/v1/leads', { headers: { 'x-request-id': 'not allowed!' } })).headers.get('x-request-id');
    expect(fresh).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
    expect(fresh).not.toBe('not allowed!');
  });

  it('forbids caching and sniffing and does not advertise what it is made of', async () => {
    const { headers } = await product.request('GET', '/v1/leads');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('resources', () => {
  it('answers a creation with 201, Location and what was made, normalised', async () => {
    const email = `Mixed.Case${crypto.randomUUID()}@Example.ORG`;
    const answer = await newLead({ email: `  ${email} `, lastName: ' Åse\u0301 ', tags: ['VIP', 'vip'], message: 'a\r\nb' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/v1/leads/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      email: email.toLowerCase(),
      lastName: 'Åsé'.normalize('NFC'),
      tags: ['vip'],
      message: 'a\nb',
      version: 1,
      channel: 'api',
    });
    expect(answer.body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const read = await product.request('GET', answer.headers.get('location') ?? '');
    expect(read.body).toMatchObject({ id: answer.body.id, email: email.toLowerCase() });
  });

  it('changes with a merge patch, where null clears and a stale If-Match is refused', async () => {
    const lead = await newLead({ company: 'Old Ltd', utm: { source: 'a', medium: 'b' } });
    const path = `/v1/leads/${lead.body.id}`;
    const etag = lead.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const patched = await product.request('PATCH', path, {
      body: { company: null, firstName: 'New', utm: { medium: null } },
      headers: { 'if-match': etag, 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ firstName: 'New', utm: { source: 'a' }, version: 2 });
    expect(patched.body.company).toBeUndefined();
    expectProblem(
      await product.request('PATCH', path, { body: { firstName: 'Late' }, headers: { 'if-match': etag } }),
      412,
      'precondition-failed',
    );
    expectProblem(await product.request('PATCH', path, { body: { email: null, lastName: null } }), 422, 'invalid');
    expectProblem(await product.request('PATCH', path, { body: { score: 99 } }), 422, 'invalid');
  });

  it('does not fail If-Match for what the system derived, but says with If-None-Match that something changed', async () => {
    const lead = await newLead({ company: 'Derive GmbH' });
    const path = `/v1/leads/${lead.body.id}`;
    const first = lead.headers.get('etag') ?? '';
    const scored = await eventually(
      () => product.request('GET', path),
      ({ body }) => body.score > 0,
    );
    expect(scored.body.version).toBe(1);
    expect((await product.request('GET', path, { headers: { 'if-none-match': first } })).status).toBe(200);
    const unchanged = await product.request('GET', path, { headers: { 'if-none-match': scored.headers.get('etag') ?? '' } });
    expect({ status: unchanged.status, text: unchanged.text }).toEqual({ status: 304, text: '' });
    expect((await product.request('PATCH', path, { body: { firstName: 'Ok' }, headers: { 'if-match': first } })).status).toBe(200);
  });

  it('names the holder when an e-mail is taken, and frees it when the lead is deleted', async () => {
    const lead = await newLead();
    const taken = await newLead({ email: lead.body.email });
    expectProblem(taken, 409, 'duplicate');
    expect(taken.body.existingId).toBe(lead.body.id);
    expect((await product.request('DELETE', `/v1/leads/${lead.body.id}`)).status).toBe(204);
    expectProblem(await product.request('GET', `/v1/leads/${lead.body.id}`), 404, 'not-found');
    expect((await newLead({ email: lead.body.email })).status).toBe(201);
  });

  it('refuses an illegal change of status with both states', async () => {
    const lead = await newLead();
    const action = (name: string, body: unknown = {}) => product.request('POST', `/v1/leads/${lead.body.id}/${name}`, { body });
    const disqualified = await action('disqualify', { reason: 'no-budget' });
    expect(disqualified.body).toMatchObject({ status: 'disqualified', disqualifiedReason: 'no-budget' });
    expect((await action('disqualify', { reason: 'no-budget' })).status).toBe(200);
    const refused = await action('qualify');
    expectProblem(refused, 409, 'illegal-transition');
    expect(refused.body).toMatchObject({ from: 'disqualified', to: 'qualified' });
    expectProblem(await action('disqualify', { reason: 'because' }), 422, 'invalid');
    const reopened = await action('reopen');
    expect(reopened.body.status).toBe('working');
    const read = await product.request('GET', `/v1/leads/${lead.body.id}`);
    expect(read.body).toMatchObject({ status: 'working', version: 3 });
    expect(read.body.disqualifiedReason).toBeUndefined();
  });
});

describe('idempotency', () => {
  it('gives the first answer again to the same key and body, and refuses another body', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { lastName: 'Same', email: `same${crypto.randomUUID()}@key.example` };
    const first = await product.request('POST', '/v1/leads', { body, headers });
    const again = await product.request('POST', '/v1/leads', { body, headers });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.text).toBe(first.text);
    expectProblem(
      await product.request('POST', '/v1/leads', { body: { ...body, lastName: 'Other' }, headers }),
      422,
      'idempotency-key-reused',
    );
  });

  it('has one effect when the same key comes ten times at once', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const name = `Burst ${crypto.randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => product.request('POST', '/v1/accounts', { body: { name }, headers })),
    );
    for (const { status, headers: answered } of answers) {
      expect([201, 409]).toContain(status);
      if (status === 409) expect(answered.get('retry-after')).not.toBeNull();
    }
    const { body } = await eventually(
      () => product.client.call('listAccounts', { query: { q: name } }),
      (reply) => reply.body.data.length > 0,
    );
    expect(body.data).toHaveLength(1);
  });

  it('tries a refusal anew, and refuses a key outside its bounds', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { lastName: 'Retry', email: `retry${crypto.randomUUID()}@key.example` };
    const holder = await product.request('POST', '/v1/leads', { body });
    expect((await product.request('POST', '/v1/leads', { body, headers })).status).toBe(409);
    await product.request('DELETE', `/v1/leads/${holder.body.id}`);
    expect((await product.request('POST', '/v1/leads', { body, headers })).status).toBe(201);
    expectProblem(
      await product.request('POST', '/v1/leads', { body, headers: { 'idempotency-key': 'x'.repeat(256) } }),
      400,
      'invalid-idempotency-key',
    );
  });
});

describe('lists', () => {
  it('come newest first, page by page without loss or repetition, and the cursor is bound to its filters', async () => {
    const tag = `t${crypto.randomUUID()}`;
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.unshift((await newLead({ tags: [tag] })).body.id);
    const found = await eventually(
      async () => {
        const all: string[] = [];
        for await (const lead of product.client.all('listLeads', { query: { tag, limit: 3 } })) all.push(lead.id);
        return all;
      },
      (all) => all.length === 7,
    );
    expect(found).toEqual(ids);
    const page = await product.request('GET', `/v1/leads?tag=${tag}&limit=3`);
    expect(page.body.nextCursor).toEqual(expect.any(String));
    const other = await product.request('GET', `/v1/leads?limit=3&cursor=${page.body.nextCursor}`);
    expectProblem(other, 400, 'invalid-cursor');
    const forged = `${page.body.nextCursor.slice(0, -2)}${page.body.nextCursor.endsWith('AA') ? 'BB' : 'AA'}`;
    expectProblem(await product.request('GET', `/v1/leads?tag=${tag}&cursor=${forged}`), 400, 'invalid-cursor');
  });

  it('are given as CSV with formula cells escaped and a link to the next page', async () => {
    const tag = `csv${crypto.randomUUID()}`;
    for (const lastName of ['=HYPERLINK("http://evil.example")', 'Plain']) await newLead({ lastName, tags: [tag] });
    const csv = await eventually(
      () => product.request('GET', `/v1/leads?tag=${tag}&limit=1`, { headers: { accept: 'text/csv' } }),
      ({ text }) => text.includes('Plain'),
    );
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const next = /<([^>]+)>; ?rel="next"/.exec(csv.headers.get('link') ?? '')?.[1] ?? '';
    const rest = await product.request('GET', next, { headers: { accept: 'text/csv' } });
    expect(rest.text).toMatch(/'=HYPERLINK/);
  });
});
