import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTextType } from './api-event.ts';
import { routeChooser } from './api-routes.ts';
import { HttpFront, PortInUseError, type ServedRequest } from './http-front.ts';
import type { InvocationResult } from './invocation.ts';
import { at, type Json, type JsonObject, object, parseJson } from './json.ts';
import type { RouteModel } from './model.ts';

const route = (key: string): RouteModel => ({ key, functionArn: key, timeout: 300 });

describe('the choice of a route', () => {
  const choose = routeChooser(
    [
      '$default',
      'ANY /a/{x}',
      'GET /a/{x}',
      'ANY /a/b',
      'GET /{proxy+}',
      'ANY /a/{x}/c',
      'ANY /{y}/z/c',
      'GET /files/{path+}',
      'ANY /',
    ].map(route),
  );
  it.each([
    ['GET', '/a/b', 'ANY /a/b', {}],
    ['GET', '/a/1', 'GET /a/{x}', { x: '1' }],
    ['POST', '/a/1', 'ANY /a/{x}', { x: '1' }],
    ['GET', '/a/z/c', 'ANY /a/{x}/c', { x: 'z' }],
    ['GET', '/q/z/c', 'ANY /{y}/z/c', { y: 'q' }],
    ['GET', '/files/a/b', 'GET /files/{path+}', { path: 'a/b' }],
    ['GET', '/other/a', 'GET /{proxy+}', { proxy: 'other/a' }],
    ['POST', '/other', '$default', {}],
    ['GET', '/a/b/', 'GET /{proxy+}', { proxy: 'a/b/' }],
    ['GET', '/', 'ANY /', {}],
  ])('%s %s goes to %s', (method, path, key, parameters) => {
    const match = choose(method, path);
    expect([match?.route.key, match?.parameters]).toEqual([key, parameters]);
  });
});

it.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['text/csv', true],
  ['application/xml', true],
  ['application/javascript', true],
  ['application/x-www-form-urlencoded', false],
  ['application/merge-patch+json', false],
  ['multipart/form-data; boundary=x', false],
  [undefined, false],
])('a body of type %s comes as text: %s', (type, expected) => {
  expect(isTextType(type)).toBe(expected);
});

describe('the HTTP API', () => {
  let front: HttpFront;
  let url: string;
  let answer: (event: JsonObject) => InvocationResult | Promise<InvocationResult>;
  let event: JsonObject = {};
  const served: ServedRequest[] = [];

  const ok = (value: Json): InvocationResult => ({ ok: true, payload: JSON.stringify(value) });
  const start = (port: number, throttle?: { rate: number; burst: number }): HttpFront =>
    new HttpFront({
      api: { id: 'api', stage: '$default', routes: [route('ANY /v1/things/{id}'), route('$default')], throttle },
      account: '000000000000',
      port,
      invoke: async (_arn, text) => {
        event = object(parseJson(text));
        return answer(event);
      },
      onServed: (request) => served.push(request),
    });

  beforeAll(async () => {
    answer = () => ok({ statusCode: 200, body: 'ok' });
    front = start(0);
    await front.listen();
    url = `http://127.0.0.1:${front.port}`;
  });
  afterAll(() => front.close());

  it('gives the function an event of payload format 2.0', async () => {
    await fetch(`${url}/v1/things/a%20b?x=1&x=2&y=%C3%A9`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: 'a=1; b=2', 'User-Agent': 'test', 'X-Forwarded-For': '203.0.113.9' },
      body: '{"é":1}',
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /v1/things/{id}',
      rawPath: '/v1/things/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      cookies: ['a=1', 'b=2'],
      queryStringParameters: { x: '1,2', y: 'é' },
      pathParameters: { id: 'a b' },
      body: '{"é":1}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'api',
        stage: '$default',
        routeKey: 'ANY /v1/things/{id}',
        http: { method: 'POST', path: '/v1/things/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      },
    });
    expect(at(event, 'requestContext', 'time')).toMatch(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    const headers = object(event.headers);
    expect(headers['x-forwarded-for']).toBe('203.0.113.9, 127.0.0.1');
    expect(headers.cookie).toBeUndefined();
  });

  it('leaves out what a request does not have', async () => {
    await fetch(`${url}/other`);
    expect(event.isBase64Encoded).toBe(false);
    for (const name of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) expect(event).not.toHaveProperty(name);
  });

  it('joins repeated headers with commas, names in lower case', async () => {
    await new Promise<void>((resolve) => {
      request(`${url}/x`, { headers: { 'X-One': ['a', 'b'] } }, (response) => response.resume().on('end', resolve)).end();
    });
    expect(object(event.headers)['x-one']).toBe('a,b');
  });

  it('gives a form as base64', async () => {
    await fetch(`${url}/x`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    expect(event).toMatchObject({ isBase64Encoded: true, body: Buffer.from('a=b').toString('base64') });
  });

  const fault = expect.stringContaining('"type":"/problems/internal"');
  it.each<[string, InvocationResult, number, unknown, string | null]>([
    ['status, headers and body', ok({ statusCode: 201, headers: { 'Content-Type': 'text/csv' }, body: 'a,b' }), 201, 'a,b', 'text/csv'],
    ['a body in base64', ok({ statusCode: 200, body: 'aGk=', isBase64Encoded: true }), 200, 'hi', 'text/plain;charset=UTF-8'],
    ['JSON without a status', ok({ hello: 1 }), 200, '{"hello":1}', 'application/json'],
    ['text without a status', ok('hello'), 200, 'hello', 'application/json'],
    ['a status that is none', ok({ statusCode: 'abc' }), 500, fault, 'application/problem+json'],
    ['a body that is no text', ok({ statusCode: 200, body: { a: 1 } }), 500, fault, 'application/problem+json'],
    ['a header that cannot be sent', ok({ statusCode: 200, headers: { 'x-a': 'a\r\nb' } }), 500, fault, 'application/problem+json'],
    ['an error', { ok: false, errorType: 'Error', errorMessage: 'secret' }, 500, fault, 'application/problem+json'],
  ])('answers %s', async (_title, result, status, body, type) => {
    answer = () => result;
    const response = await fetch(`${url}/x`);
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([status, body, type]);
  });

  it('sets each cookie in a header of its own', async () => {
    answer = () => ok({ statusCode: 200, cookies: ['a=1', 'b=2'] });
    expect((await fetch(`${url}/x`)).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('answers HEAD without a body and 204 without a length', async () => {
    answer = () => ok({ statusCode: 200, body: 'four' });
    const head = await fetch(`${url}/x`, { method: 'HEAD' });
    expect([await head.text(), head.headers.get('content-length')]).toEqual(['', '4']);
    answer = () => ok({ statusCode: 204 });
    expect((await fetch(`${url}/x`)).headers.get('content-length')).toBeNull();
  });

  it('refuses bodies over 10 MB with 413', async () => {
    const response = await fetch(`${url}/x`, {
      method: 'POST',
      body: Buffer.alloc(10 * 1024 * 1024 + 1),
      headers: { 'content-type': 'text/plain', 'x-request-id': 'mine' },
    });
    expect([response.status, response.headers.get('x-request-id'), await response.json()]).toMatchObject([
      413,
      'mine',
      { type: '/problems/body-too-large', status: 413, instance: '/x', requestId: 'mine' },
    ]);
    expect(served.at(-1)).toMatchObject({ status: 413, correlationId: 'mine' });
  });

  it('refuses headers over 10,240 bytes with 431', async () => {
    expect((await fetch(`${url}/x`, { headers: { 'x-big': 'x'.repeat(10_300) } })).status).toBe(431);
    expect((await fetch(`${url}/x`, { headers: { 'x-big': 'x'.repeat(70_000) } })).status).toBe(431);
  });

  it('passes over an expectation that it does not know', async () => {
    answer = () => ok({ statusCode: 200 });
    const status = await new Promise((resolve, reject) => {
      const asking = request(`${url}/x`, { headers: { expect: '200-ok' } }, (response) => resolve(response.resume().statusCode));
      asking.on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  it('gives the function a path that cannot be decoded as it came', async () => {
    answer = () => ok({ statusCode: 404 });
    expect((await fetch(`${url}/v1/things/%ff`)).status).toBe(404);
    expect(event).toMatchObject({ rawPath: '/v1/things/%ff', pathParameters: { id: '%ff' } });
  });

  it('gives JSON that is not UTF-8 as base64, so that the function sees the bytes that came', async () => {
    answer = () => ok({ statusCode: 400 });
    await fetch(`${url}/x`, { method: 'POST', body: new Uint8Array([0x22, 0xff, 0x22]), headers: { 'content-type': 'application/json' } });
    expect(event).toMatchObject({ isBase64Encoded: true, body: 'Iv8i' });
  });

  it('gives up on a function after the integration timeout with 503', async () => {
    let finish: (result: InvocationResult) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    expect((await fetch(`${url}/x`)).status).toBe(503);
    finish(ok(null));
  });

  it('goes on when a client hangs up', async () => {
    answer = () => ok({ statusCode: 200, body: 'ok' });
    const socket = connect(front.port, '127.0.0.1');
    socket.write('POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect((await fetch(`${url}/x`)).status).toBe(200);
    await expect.poll(() => front.busy).toBe(false);
  });

  it('tells of a request without its query', async () => {
    answer = () => ok({ statusCode: 200, headers: { 'X-Request-Id': 'mine' } });
    await fetch(`${url}/x?email=a%40b.c`);
    expect(served.at(-1)).toMatchObject({ method: 'GET', path: '/x', status: 200, correlationId: 'mine' });
  });

  it('says that its port is taken', async () => {
    await expect(start(front.port).listen()).rejects.toThrow(PortInUseError);
  });

  it('throttles as the stage says', async () => {
    answer = () => ok({ statusCode: 200 });
    const throttled = start(0, { rate: 0.001, burst: 2 });
    await throttled.listen();
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await fetch(`http://127.0.0.1:${throttled.port}/x`)).status);
    await throttled.close();
    expect(statuses).toEqual([200, 200, 429]);
  });
});
