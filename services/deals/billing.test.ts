import { crc32, deflateSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};

/** A grey PNG; `rows` are what its pixels are said to be. */
const png = (width: number, height: number, rows = Buffer.alloc((width + 1) * height)): Buffer => {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
};

const spoilt = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(20) ^ 1, 20);
  return copy;
};

let call: ReturnType<typeof client>;

beforeEach(() => {
  const edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
});

const put = (body: unknown, headers: Record<string, string> = {}) => call('PUT', '/v1/settings/billing', { body, headers });

test('settings that nobody has set are version 0', async () => {
  expect(await call('GET', '/v1/settings/billing')).toMatchObject({ status: 200, body: { version: 0 } });
});

test('settings are replaced as a whole, each time with the next version', async () => {
  const logo = png(8, 8).toString('base64');
  const whole = {
    name: 'Łukasz GmbH',
    address: 'Kungsgatan 1\nGöteborg',
    taxId: 'SE1',
    bankDetails: { IBAN: 'SE45' },
    terms: '30 days',
    logo,
  };
  const first = await put(whole);
  expect(first).toMatchObject({ status: 200, body: { ...whole, version: 1, createdAt: '2026-11-22T18:18:42.000Z' } });
  expect((await call('GET', '/v1/settings/billing')).body).toEqual(first.body);
  const second = await put({ name: 'Other', address: { street: 'Kungsgatan 1', city: 'Göteborg' } });
  expect(second.body).toMatchObject({ name: 'Other', version: 2 });
  expect(second.body.logo).toBeUndefined();
});

test('If-Match holds a replacement to the version that was read, 0 among them', async () => {
  const unset = await call('GET', '/v1/settings/billing');
  expect((await put({ name: 'A' }, { 'if-match': unset.headers.etag ?? '' })).status).toBe(200);
  expect((await put({ name: 'B' }, { 'if-match': unset.headers.etag ?? '' })).status).toBe(412);
});

test('of two replacements that race, both are done, one after the other', async () => {
  const answers = await Promise.all(['A', 'B', 'C'].map((name) => put({ name })));
  expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3]);
});

test.each([
  ['text', Buffer.from('not an image').toString('base64'), 'png'],
  ['what is not base64', '%%%', 'base64'],
  ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]).toString('base64'), 'png'],
  ['half a PNG', png(64, 64).subarray(0, 40).toString('base64'), 'png'],
  ['a PNG with a wrong checksum', spoilt(png(8, 8)).toString('base64'), 'png'],
  ['a PNG with too few pixels', png(64, 64, Buffer.alloc(10)).toString('base64'), 'png'],
  ['more than 128 KiB', Buffer.alloc(128 * 1024 + 1).toString('base64'), 'too_big'],
  ['more pixels than a letterhead can show', png(5_000, 5).toString('base64'), 'too_big'],
])('%s is refused as a logo', async (_, logo, code) => {
  expect(await put({ logo })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/logo', code }] } });
});

test('an unknown member is refused', async () => {
  expect(await put({ colour: 'red' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/colour' }] } });
});
