import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { event } from '#contracts/core/event.ts';
import { route } from '#contracts/core/route.ts';
import { service } from '#contracts/core/service.ts';
import { tags, text } from '#contracts/core/text.ts';
import { listOf } from '#contracts/core/values.ts';
import { partition } from '#table/keys.ts';
import { client, seedKey } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { created, noContent, ok, page } from './answer.ts';
import { etagOf } from './etag.ts';
import type { Handlers } from './handlers.ts';
import { serveHttp } from './http.ts';
import { duplicate, notFound } from './problem.ts';

const LeadInput = z.strictObject({ name: text(), note: z.optional(text(60_000)), tags: z.optional(tags()), size: z.optional(z.int()) });
const Lead = z.object({ id: z.string(), name: z.string(), version: z.int() });
const LeadTold = event({
  name: 'LeadTold',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A lead was told.',
  data: z.object({ name: z.string() }),
});

const routes = {
  createLead: route({
    method: 'POST',
    path: '/v1/leads',
    access: 'leads',
    summary: '',
    body: { kind: 'json', schema: LeadInput },
    answer: { status: 201, schema: Lead },
  }),
  listLeads: route({
    method: 'GET',
    path: '/v1/leads',
    access: 'leads',
    summary: '',
    list: true,
    query: z.object({ name: z.optional(text()), sort: z._default(z.enum(['name', '-name']), 'name') }),
    answer: { status: 200, schema: listOf(Lead) },
  }),
  getLead: route({ method: 'GET', path: '/v1/leads/{leadId}', access: 'leads', summary: '', answer: { status: 200, schema: Lead } }),
  updateLead: route({
    method: 'PATCH',
    path: '/v1/leads/{leadId}',
    access: 'leads',
    summary: '',
    body: { kind: 'merge-patch', schema: LeadInput },
    answer: { status: 200, schema: Lead },
  }),
  deleteLead: route({ method: 'DELETE', path: '/v1/leads/{leadId}', access: 'leads', summary: '', answer: { status: 204 } }),
  workLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/work',
    access: 'qualification',
    summary: '',
    body: { kind: 'json', schema: z.strictObject({ reason: z.optional(text()) }), optional: true },
    answer: { status: 200, schema: Lead },
  }),
  createKey: route({
    method: 'POST',
    path: '/v1/api-keys',
    access: 'admin',
    summary: '',
    body: { kind: 'json', schema: z.strictObject({ name: text() }) },
    answer: { status: 201 },
  }),
  submitForm: route({
    method: 'POST',
    path: '/v1/forms/{formId}/submissions',
    access: 'public',
    summary: '',
    body: { kind: 'form', schema: z.record(z.string(), z.unknown()) },
    answer: { status: 202 },
  }),
  fail: route({ method: 'GET', path: '/v1/failure', access: 'public', summary: '', answer: { status: 200 } }),
};

const declaration = service({
  name: 'intake',
  purpose: 'tests the edge',
  routes,
  consumes: [],
  emits: [LeadTold],
  reads: [],
  functions: { http: { entry: 'api.ts', memory: 256, timeout: 10, businessEffect: 'none' } },
});

interface LeadData {
  readonly id: string;
  readonly name: string;
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly size?: number | undefined;
  readonly version: number;
}

const keyOf = (id: string) => ({ pk: partition('intake', 'lead', id), sk: 'record' });
const lockOf = (name: string) => ({ pk: partition('intake', 'name', name), sk: 'lock' });
const tagOf = (lead: LeadData, rev: number) => ({ etag: etagOf({ version: lead.version, derived: rev }) });

const handlers: Handlers<typeof routes> = {
  createLead: async ({ body }, unit) => {
    const lead: LeadData = { ...body, id: unit.newId('lead'), version: 1 };
    const answer = created(`/v1/leads/${lead.id}`, lead, tagOf(lead, 1));
    await unit.commit({
      writes: [
        {
          op: 'create',
          item: { ...keyOf(lead.id), kind: 'lead', data: lead, indexes: { gsi1: { pk: 'intake#leads#0', sk: `${lead.name}#${lead.id}` } } },
        },
        { op: 'create', item: { ...lockOf(lead.name), kind: 'lock', data: { id: lead.id } }, refuse: () => duplicate(lead.id) },
      ],
      events: [{ contract: LeadTold, collection: keyOf(lead.id).pk, subject: lead.id, sequence: 1, data: { name: lead.name } }],
      answer,
    });
    return answer;
  },
  listLeads: async ({ query, page: { limit, after } }, unit) => {
    const found = await unit.table.list<LeadData>({
      partitions: ['intake#leads#0'],
      index: 'gsi1',
      descending: query.sort === '-name',
      limit,
      ...(after === undefined ? {} : { after }),
      keep: ({ data }) => query.name === undefined || data.name === query.name,
    });
    return page({ items: found.items.map(({ data }) => data), next: found.next });
  },
  getLead: async ({ id }, unit) => {
    const item = await unit.table.get<LeadData>(keyOf(id));
    if (item === undefined) throw notFound();
    return ok(item.data, tagOf(item.data, item.rev));
  },
  updateLead: async (request, unit) => {
    const item = await unit.table.get<LeadData>(keyOf(request.id));
    if (item === undefined) throw notFound();
    const { id, version, ...present } = item.data;
    request.assertIfMatch(version);
    const lead = { ...request.merge(present), id, version: version + 1 };
    const answer = ok(lead, tagOf(lead, item.rev + 1));
    await unit.commit({ writes: [{ op: 'replace', item: { ...item, data: lead }, ifRev: item.rev }], answer });
    return answer;
  },
  deleteLead: async ({ id }, unit) => {
    await unit.commit({ writes: [{ op: 'delete', key: keyOf(id), refuse: () => notFound() }] });
    return noContent();
  },
  workLead: async ({ id, body }) => ok({ id, ...body }),
  createKey: async ({ body }, unit) => {
    const answer = created('/v1/api-keys/x', { ...body, secret: 'lk_secret' }, { replayBody: body });
    await unit.commit({ writes: [{ op: 'put', item: { pk: 'intake#thing', sk: unit.newId('apiKey'), kind: 'thing', data: {} } }], answer });
    return answer;
  },
  submitForm: async ({ fields, caller }) => ({ status: 202, body: { fields, actor: caller.actor } }),
  fail: async () => {
    throw new Error('table leadline-secret exploded');
  },
};

const start = (scopes?: readonly string[]) => {
  const edge = testEdge();
  const actor = seedKey(edge, scopes);
  const cors = { submitForm: async () => ['https://shop.example'] };
  return { edge, actor, call: client(serveHttp({ service: declaration, handlers, cors, edge })) };
};

const leadId = 'lead_01KBBBBBBBBBBBBBBBBBBBBBBB';
const formId = 'form_01KBBBBBBBBBBBBBBBBBBBBBBB';

describe('routing and access', () => {
  it('answers 404 for an unknown path, to anyone', async () => {
    const { call } = start();
    for (const key of [null, 'wrong', 'lk_test']) expect((await call('GET', '/v1/nothing', { key })).status).toBe(404);
    expect((await call('GET', '/v1/leads/', {})).status).toBe(404);
  });

  it('answers 405 with Allow for a method that the path has not', async () => {
    const answer = await start().call('DELETE', '/v1/leads', { key: null });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST, GET, HEAD, OPTIONS');
    expect(answer.body.type).toBe('/problems/method-not-allowed');
  });

  it('answers every failure of a key with the same 401', async () => {
    const { call, edge } = start();
    seedKey(edge, ['admin'], 'lk_other');
    const answers = await Promise.all(
      [
        { key: null },
        { key: 'wrong' },
        { key: null, headers: { authorization: 'Basic abc' } },
        { key: null, headers: { authorization: 'Bearer' } },
      ].map((request) => call('GET', '/v1/leads', { ...request, headers: { 'x-request-id': 'same', ...request.headers } })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="leadline"' } });
  });

  it('answers 403 when the scope is lacking, and lets :write read', async () => {
    const { call } = start(['leads:write']);
    expect((await call('GET', '/v1/leads')).status).toBe(200);
    expect((await call('POST', `/v1/leads/${leadId}/work`)).status).toBe(403);
    expect((await start(['leads:read']).call('POST', '/v1/leads', { body: { name: 'A' } })).status).toBe(403);
  });

  it('refuses an expired key at once and a revoked one within 60 s', async () => {
    const { call, edge } = start();
    expect((await call('GET', '/v1/leads')).status).toBe(200);
    const [item] = edge.table.items<object>('api-key');
    if (item === undefined) throw new Error('no key');
    edge.table.seed({ ...item, data: { ...item.data, revokedAt: '2026-11-22T18:18:43.000Z' } });
    expect((await call('GET', '/v1/leads')).status).toBe(200);
    edge.clock.advance(60_000);
    expect((await call('GET', '/v1/leads')).status).toBe(401);
    edge.table.seed({ ...item, data: { ...item.data, expiresAt: new Date(edge.now() + 1_000).toISOString() } });
    edge.clock.advance(10_000);
    expect((await call('GET', '/v1/leads')).status).toBe(401);
  });

  it('answers 404 for a path id of another kind or shape', async () => {
    const { call } = start();
    for (const id of ['deal_01KBBBBBBBBBBBBBBBBBBBBBBB', 'lead_x', 'lead_01kbbbbbbbbbbbbbbbbbbbbbbb', '%23', '..'])
      expect((await call('GET', `/v1/leads/${id}`)).status).toBe(404);
  });

  it('answers HEAD as GET without a body', async () => {
    const answer = await start().call('HEAD', '/v1/leads');
    expect(answer).toMatchObject({ status: 200, body: undefined, headers: { 'content-type': 'application/json' } });
  });

  it('says nothing of what went wrong inside', async () => {
    const answer = await start().call('GET', '/v1/failure');
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toMatch(/leadline-secret|exploded|at /);
  });
});

describe('what every answer carries', () => {
  it('has no-store, nosniff and a request id', async () => {
    const { call } = start();
    for (const target of ['/v1/leads', '/v1/nothing']) {
      const { headers } = await call('GET', target);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['x-request-id']).toMatch(/^req_[0-9A-Z]{26}$/);
    }
  });

  it("echoes the caller's request id when it is 1 to 128 of A-Za-z0-9._-, and says it in events", async () => {
    const { call, edge } = start();
    await call('POST', '/v1/leads', { body: { name: 'A' }, headers: { 'x-request-id': 'mine-1.2_3' } });
    expect(edge.table.events[0]?.detail.metadata).toMatchObject({ correlationId: 'mine-1.2_3', causationId: 'mine-1.2_3' });
    const id = async (given: string) => (await call('GET', '/v1/leads', { headers: { 'x-request-id': given } })).headers['x-request-id'];
    expect(await id('a'.repeat(128))).toBe('a'.repeat(128));
    for (const bad of ['', 'a'.repeat(129), 'a b', 'ä', 'a\n']) expect(await id(bad)).toMatch(/^req_/);
  });

  it('is problem details when it is a refusal', async () => {
    const answer = await start().call('POST', '/v1/leads', { body: { nam: 'x', size: 1.5 }, headers: { 'x-request-id': 'r1' } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: '/problems/invalid',
      title: 'The request is not valid',
      status: 422,
      detail: 'The request is well-formed but not valid.',
      instance: '/v1/leads',
      requestId: 'r1',
      errors: [
        { pointer: '/name', code: 'required', detail: 'is required' },
        { pointer: '/size', code: 'invalid_type', detail: 'must be a whole number' },
        { pointer: '/nam', code: 'unrecognized_key', detail: 'is not a property of this' },
      ],
    });
  });
});

describe('bodies', () => {
  const post = async (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    start().call('POST', '/v1/leads', { body, headers });

  it.each([
    ['{"name":', 400],
    ['', 415],
    [Buffer.from('{"name":"\xff"}', 'latin1'), 400],
    ['null', 422],
    ['[]', 422],
    ['"x"', 422],
    ['{"name":"a","__proto__":{"x":1}}', 422],
    ['{"name":"a","":1}', 422],
    ['{"name":"\\ud800"}', 422],
    ['{"name":"a\\u0000b"}', 422],
    ['{"name":"a","size":1e400}', 422],
    ['{"name":"a","size":9007199254740993}', 422],
    [`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 422],
    ['{"name":"👩‍👩‍👧 Zoë\\r\\nX"}', 201],
    ['\ufeff{"name":"a"}', 201],
  ])('reads or refuses %j', async (body, status) => {
    const answer = await post(body, body === '' ? {} : { 'content-type': 'application/json' });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['application/json; charset=utf-8', 201],
    ['APPLICATION/JSON;charset="UTF-8"', 201],
    ['application/json; charset=iso-8859-1', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/merge-patch+json', 415],
  ])('answers a body of %s with %i', async (type, status) => {
    expect((await post('{"name":"a"}', { 'content-type': type })).status).toBe(status);
  });

  it('refuses an encoded body and one over 1 MiB', async () => {
    expect((await post('{"name":"a"}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(`{"name":"${'a'.repeat(1024 * 1024)}"}`)).status).toBe(413);
    expect((await post(`{"name":"${'ä'.repeat(512 * 1024)}"}`)).status).toBe(413);
  });

  it('takes an absent body of an action for an empty one', async () => {
    const { call } = start();
    expect((await call('POST', `/v1/leads/${leadId}/work`)).status).toBe(200);
    expect((await call('POST', `/v1/leads/${leadId}/work`, { body: { reason: ' x ' } })).body.reason).toBe('x');
    expect((await call('POST', `/v1/leads/${leadId}/work`, { body: { no: 1 } })).status).toBe(422);
  });

  it('refuses a resource over 64 KiB and writes nothing', async () => {
    const { call, edge } = start();
    const answer = await call('POST', '/v1/leads', { body: { name: 'a', note: 'ä'.repeat(40_000) } });
    expect(answer.status).toBe(422);
    expect(edge.table.items('lead')).toEqual([]);
  });
});

describe('forms', () => {
  const submit = async (body: unknown, type: string, headers: Record<string, string> = {}) =>
    start().call('POST', `/v1/forms/${formId}/submissions`, { key: null, body, headers: { 'content-type': type, ...headers } });

  it('are read as JSON, urlencoded and multipart, repeated fields as lists', async () => {
    const urlencoded = await submit('a=1&b=x+y%26z&a=2&c', 'application/x-www-form-urlencoded');
    expect(urlencoded.body).toEqual({ fields: { a: ['1', '2'], b: 'x y&z', c: '' }, actor: `form:${formId}` });
    const multipart = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nZoë\r\n--b--\r\n';
    expect((await submit(Buffer.from(multipart), 'multipart/form-data; boundary=b')).body.fields).toEqual({ a: 'Zoë' });
    expect((await submit('{"a":{"b":1}}', 'application/json')).body.fields).toEqual({ a: { b: 1 } });
  });

  const parts = (boundary: string, ...written: readonly (readonly [string, string | Buffer])[]): Buffer =>
    Buffer.concat([
      ...written.flatMap(([header, content]) => [
        Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${header}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);

  it('are read as multipart from any browser: any boundary, empty fields, repeated ones, a file input left alone', async () => {
    for (const boundary of [
      'b',
      '----WebKitFormBoundaryyEmKNDsBKjB7QEqu',
      '-----------------------------9051914041544843365972754266',
      `x${'y'.repeat(69)}`,
    ]) {
      const body = parts(
        boundary,
        ['name="name"', 'Zoë'],
        ['name="message"', 'one\r\n--two\r\n'],
        ['name="empty"', ''],
        ['name="topic"', 'a'],
        ['name="topic"', 'b'],
        ['name="cv"; filename=""\r\nContent-Type: application/octet-stream', ''],
      );
      for (const type of [`multipart/form-data; boundary=${boundary}`, `multipart/form-data; boundary="${boundary}"`])
        expect((await submit(body, type)).body.fields).toEqual({
          name: 'Zoë',
          message: 'one\r\n--two\r\n',
          empty: '',
          topic: ['a', 'b'],
        });
    }
  });

  it('refuse a file whatever it holds, and a body that is cut off or no text', async () => {
    const type = 'multipart/form-data; boundary=b';
    const file = parts(
      'b',
      ['name="email"', 'a@example.com'],
      ['name="cv"; filename="cv.pdf"\r\nContent-Type: application/pdf', Buffer.from([0xff, 0, 0xfe])],
    );
    expect((await submit(file, type)).body).toMatchObject({ status: 422, errors: [{ pointer: '/cv', code: 'file_not_accepted' }] });
    const whole = parts('b', ['name="a"', 'x'.repeat(100)]);
    expect((await submit(whole.subarray(0, 90), type)).status).toBe(400);
    expect((await submit(file.subarray(0, file.length - 8), type)).status).toBe(422);
    expect((await submit(parts('b', ['name="a"', Buffer.from([0xff])]), type)).status).toBe(400);
    expect((await submit(parts('b', ['name="__proto__"', 'x']), type)).status).toBe(422);
    expect((await submit(parts('b', ['name="a"', 'x'.repeat(1024 * 1024)]), type)).status).toBe(413);
  });

  it('keep whole numbers that JavaScript would round as their digits', async () => {
    const answer = await submit('{"id":9223372036854775807,"n":-12345678901234567890,"small":5,"part":1.5}', 'application/json');
    expect(answer.body.fields).toEqual({ id: '9223372036854775807', n: '-12345678901234567890', small: 5, part: 1.5 });
  });

  it.each([
    ['a=%ff', 'application/x-www-form-urlencoded', 400],
    ['a=%', 'application/x-www-form-urlencoded', 400],
    ['a=%00', 'application/x-www-form-urlencoded', 422],
    ['nothing', 'multipart/form-data; boundary=b', 400],
    ['nothing', 'multipart/form-data', 400],
    ['--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\nhi\r\n--b--\r\n', 'multipart/form-data; boundary=b', 422],
    ['[]', 'application/json', 422],
    ['a', 'text/plain', 415],
  ])('refuse %j as %s with %i', async (body, type, status) => {
    expect((await submit(body, type)).status).toBe(status);
  });

  it('answer the origins they allow, their own page, and no other', async () => {
    const from = async (origin: string) => submit('{}', 'application/json', { origin });
    const answer = await from('https://shop.example');
    expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example');
    // What a script must read to know when to come again.
    expect(answer.headers['access-control-expose-headers']).toContain('Retry-After');
    expect((await from('https://api.example.com')).status).toBe(202);
    expect((await from('https://evil.example')).body.type).toBe('/problems/origin-not-allowed');
    const refused = await submit('[]', 'application/json', { origin: 'https://shop.example' });
    expect(refused).toMatchObject({ status: 422, headers: { 'access-control-allow-origin': 'https://shop.example' } });
  });

  it('answer a preflight with what a browser may send', async () => {
    const { call } = start();
    const preflight = async (origin: string) =>
      call('OPTIONS', `/v1/forms/${formId}/submissions`, { key: null, headers: { origin, 'access-control-request-method': 'POST' } });
    expect(await preflight('https://shop.example')).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type',
      },
    });
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    expect((await call('OPTIONS', '/v1/leads', { key: null })).headers.allow).toBe('POST, GET, HEAD, OPTIONS');
  });
});

describe('concurrency', () => {
  it('fails If-Match with 412 only when a caller changed it, and answers 304 only when nothing changed', async () => {
    const { call, edge } = start();
    const { body: lead, headers } = await call('POST', '/v1/leads', { body: { name: 'A' } });
    expect(headers.etag).toBe('"1.1"');
    const target = `/v1/leads/${lead.id}`;
    expect((await call('GET', target, { headers: { 'if-none-match': 'W/"1.1", "x"' } })).status).toBe(304);
    const [item] = edge.table.items('lead');
    if (item === undefined) throw new Error('no lead');
    await edge.table.commit(
      { writes: [{ op: 'replace', item, ifRev: 1 }] },
      { service: 'intake', actor: 'system:intake', correlationId: 'c', causationId: 'c', now: '2026-11-22T18:18:42.000Z' },
    );
    expect((await call('GET', target, { headers: { 'if-none-match': '"1.1"' } })).status).toBe(200);
    expect((await call('PATCH', target, { body: { name: 'B' }, headers: { 'if-match': '"1.1"' } })).status).toBe(200);
    expect((await call('PATCH', target, { body: { name: 'C' }, headers: { 'if-match': '"1.2"' } })).status).toBe(412);
    expect((await call('PATCH', target, { body: { name: 'C' }, headers: { 'if-match': 'garbage' } })).status).toBe(412);
    expect((await call('PATCH', target, { body: { name: 'C' }, headers: { 'if-match': '*' } })).status).toBe(200);
  });

  it('lays a merge patch over what is there: null clears, the rest stays', async () => {
    const { call } = start();
    const { body } = await call('POST', '/v1/leads', { body: { name: 'A', tags: ['x'], size: 2 } });
    const target = `/v1/leads/${body.id}`;
    expect((await call('PATCH', target, { body: { size: null } })).body).toEqual({ id: body.id, name: 'A', tags: ['x'], version: 2 });
    expect((await call('PATCH', target, { body: { name: null } })).body.errors).toEqual([
      { pointer: '/name', code: 'required', detail: 'is required' },
    ]);
    expect((await call('PATCH', target, { body: [1] })).status).toBe(422);
    expect((await call('PATCH', target, { body: { version: 7 } })).status).toBe(422);
    expect((await call('PATCH', target, { body: { version: null, size: null } })).body.errors).toEqual([
      { pointer: '/version', code: 'unrecognized_key', detail: 'is not a property of this' },
    ]);
  });

  it('decides anew when the record changed between reading and writing', async () => {
    const { call, edge } = start();
    const { body } = await call('POST', '/v1/leads', { body: { name: 'A' } });
    edge.table.interfere(() => call('PATCH', `/v1/leads/${body.id}`, { body: { size: 1 } }));
    const answer = await call('PATCH', `/v1/leads/${body.id}`, { body: { tags: ['T'] } });
    expect(answer.body).toMatchObject({ name: 'A', size: 1, tags: ['t'], version: 3 });
  });
});

describe('Idempotency-Key', () => {
  const keyed = (key: string, body: unknown = { name: 'A' }) => ({ body, headers: { 'idempotency-key': key } });

  it('replays an answer that had an effect for 24 hours, and does it once', async () => {
    const { call, edge } = start();
    const first = await call('POST', '/v1/leads', keyed('k'));
    edge.clock.advance(23 * 3_600_000);
    const second = await call('POST', '/v1/leads', keyed('k'));
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotency-replayed': 'true', location: first.headers.location, etag: '"1.1"' },
    });
    edge.clock.advance(2 * 3_600_000);
    expect((await call('POST', '/v1/leads', keyed('k'))).status).toBe(409);
    expect(edge.table.items('lead')).toHaveLength(1);
  });

  it('refuses the key with other bytes, even such as are not JSON', async () => {
    const { call } = start();
    await call('POST', '/v1/leads', keyed('k'));
    for (const body of [{ name: 'B' }, { name: 'A', size: 1 }])
      expect((await call('POST', '/v1/leads', keyed('k', body))).body.type).toBe('/problems/idempotency-key-reused');
    const broken = await call('POST', '/v1/leads', { body: '{', headers: { 'idempotency-key': 'k', 'content-type': 'application/json' } });
    expect(broken.status).toBe(422);
  });

  it('is scoped to caller, method, path and query', async () => {
    const { call, edge } = start();
    seedKey(edge, ['admin'], 'lk_other');
    await call('POST', '/v1/leads', keyed('k'));
    expect((await call('POST', '/v1/leads', { ...keyed('k'), key: 'lk_other' })).status).toBe(409);
    expect((await call('POST', '/v1/leads?x=1', keyed('k', { name: 'B' }))).status).toBe(201);
  });

  it('tries a refusal anew', async () => {
    const { call, edge } = start();
    await call('POST', '/v1/leads', { body: { name: 'A' } });
    expect((await call('POST', '/v1/leads', keyed('k'))).status).toBe(409);
    const [lock] = edge.table.items('lock');
    if (lock === undefined) throw new Error('no lock');
    await edge.table.commit(
      { writes: [{ op: 'delete', key: lock }] },
      { service: 'intake', actor: 'system:intake', correlationId: 'c', causationId: 'c', now: '2026-11-22T18:18:42.000Z' },
    );
    expect((await call('POST', '/v1/leads', keyed('k'))).status).toBe(201);
  });

  it("gives a concurrent second the first's answer", async () => {
    const { call, edge } = start();
    edge.table.interfere(() => call('POST', '/v1/leads', keyed('k')));
    const second = await call('POST', '/v1/leads', keyed('k'));
    expect(second).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(edge.table.items('lead')).toHaveLength(1);
    expect(edge.table.events).toHaveLength(1);
  });

  it('leaves secrets out of a replay and of the table', async () => {
    const { call, edge } = start();
    const first = await call('POST', '/v1/api-keys', keyed('k'));
    const second = await call('POST', '/v1/api-keys', keyed('k'));
    expect(first.body).toEqual({ name: 'A', secret: 'lk_secret' });
    expect(second.body).toEqual({ name: 'A' });
    expect(JSON.stringify(edge.table.items())).not.toContain('lk_secret');
  });

  it.each([
    ['', 400],
    ['k'.repeat(255), 201],
    ['k'.repeat(256), 400],
  ])('has 1 to 255 characters (%#)', async (key, status) => {
    expect((await start().call('POST', '/v1/leads', keyed(key))).status).toBe(status);
  });
});

describe('lists', () => {
  const withLeads = async (count: number) => {
    const started = start();
    for (let i = 0; i < count; i += 1) await started.call('POST', '/v1/leads', { body: { name: `n${String(i).padStart(3, '0')}` } });
    return started;
  };
  const names = (answer: { body: { data: { name: string }[] } }) => answer.body.data.map(({ name }) => name);

  it('are paged by a cursor that only the same list takes', async () => {
    const { call } = await withLeads(5);
    const first = await call('GET', '/v1/leads?limit=2');
    expect(names(first)).toEqual(['n000', 'n001']);
    const cursor = first.body.nextCursor;
    expect(names(await call('GET', `/v1/leads?limit=3&cursor=${cursor}`))).toEqual(['n002', 'n003', 'n004']);
    for (const query of [
      `name=n001&cursor=${cursor}`,
      `sort=-name&cursor=${cursor}`,
      'cursor=x',
      `cursor=${cursor}&cursor=${cursor}`,
      `cursor=${cursor}A`,
      'cursor=%00',
    ]) {
      const answer = await call('GET', `/v1/leads?${query}`);
      expect(answer.status).toBe(400);
    }
    expect((await call('GET', '/v1/leads?limit=100')).body.nextCursor).toBeNull();
  });

  it.each([
    'limit=',
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=-1',
    'limit=1e1',
    'limit=1&limit=2',
    'name=',
    'name=a&name=b',
    'sort=up',
    'name=%ff',
    'name=%00',
    'name=%ed%a0%80',
    'cursor=',
  ])('refuse ?%s with 400', async (query) => {
    const answer = await start().call('GET', `/v1/leads?${query}`);
    expect(answer.status).toBe(400);
    if (!query.includes('%ff') && !query.includes('%ed')) expect(answer.body.errors[0].pointer).toBe(`?${query.split('=')[0]}`);
  });

  it('ignore parameters that they do not know', async () => {
    expect((await start().call('GET', '/v1/leads?utm=&x=1&x=2')).status).toBe(200);
  });

  it('are given as CSV with a link to the next page, formulas escaped', async () => {
    const { call } = await withLeads(2);
    await call('POST', '/v1/leads', { body: { name: '=1+1', tags: ['a', 'b'] } });
    const csv = { headers: { accept: 'text/csv' } };
    const answer = await call('GET', '/v1/leads?limit=1', csv);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.body).toMatch(/^id,name,version,tags\r\nlead_\w+,'=1\+1,1,"a, b"\r\n$/);
    const next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
    expect((await call('GET', next ?? '', csv)).body).toMatch(/n000/);
    expect((await call('GET', '/v1/leads?limit=1000', csv)).status).toBe(200);
    expect((await call('GET', '/v1/leads?limit=1001', csv)).status).toBe(400);
    expect((await call('GET', '/v1/leads?limit=1000', csv)).headers.link).toBeUndefined();
  });

  it.each([
    ['text/csv', 'text/csv'],
    ['Text/CSV; charset=utf-8', 'text/csv'],
    ['text/csv, */*;q=0.1', 'text/csv'],
    ['application/json;q=0.5, text/csv;q=0.6', 'text/csv'],
    ['application/json, text/csv;q=0.1', 'application/json'],
    ['text/csv;q=0', 'application/json'],
    ['text/csvx', 'application/json'],
    ['*/*', 'application/json'],
  ])('to who accepts %j are %s', async (accept, type) => {
    const { call } = await withLeads(1);
    const answer = await call('GET', '/v1/leads', { headers: { accept } });
    expect(answer.headers['content-type']?.split(';')[0]).toBe(type);
  });
});
