import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busOf, type Exchange, eventually, type Product, type RequestOptions, startProduct } from '../product.ts';

let data: string;
let product: Product;

const mark = randomBytes(6).toString('hex');
let birds = 0;
const canary = (kind: string): string => {
  birds += 1;
  return `Canary${kind}${mark}${birds}`;
};
const address = (): string => `${canary('mail').toLowerCase()}@canary.example`;

// What has no letters of ours in it is looked for by itself.
const phone = '+44 1632 960961';
const ip = '198.51.100.77';
const ipv6 = '2001:db8:ca:9a::7e';
const noLetters = ['1632 960961', '1632960961', ip, ipv6];
const secrets: string[] = [];

const answers: Exchange[] = [];
const call = async (method: string, path: string, options: RequestOptions = {}): Promise<Exchange> => {
  const answer = await product.request(method, path, {
    ...options,
    headers: {
      'user-agent': canary('Agent'),
      referer: `https://canary.example/${canary('Page')}`,
      cookie: `session=${canary('Cookie')}`,
      'x-forwarded-for': `${ip}, ${ipv6}`,
      forwarded: `for="[${ipv6}]"`,
      'x-unknown': canary('Header'),
      ...options.headers,
    },
  });
  answers.push(answer);
  if (typeof answer.body?.secret === 'string') secrets.push(answer.body.secret);
  return answer;
};

const person = () => ({
  firstName: canary('First'),
  lastName: canary('Last'),
  email: address(),
  phone,
  company: canary('Company'),
  jobTitle: canary('Title'),
  interest: canary('Interest'),
  website: `https://${canary('site').toLowerCase()}.example`,
  message: `Call ${canary('Message')} at ${phone}`,
  address: { street: canary('Street'), city: canary('City'), postalCode: '12345', country: 'GB' },
  customFields: { note: canary('Custom') },
});

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'leadline-canary-'));
  product = await startProduct({ data });
});
afterAll(async () => {
  await rm(data, { recursive: true, force: true });
});

const people = async (): Promise<void> => {
  const form = (
    await call('POST', '/v1/forms', {
      body: { name: canary('Form'), source: 'canary', consentText: canary('Consent'), signingSecret: canary('Secret') },
    })
  ).body;
  const open = (await call('POST', '/v1/forms', { body: { name: canary('Form'), source: 'canary', requiredFields: ['email'] } })).body;
  const submit = (id: string, body: RequestOptions['body'], headers = {}) =>
    call('POST', `/v1/forms/${id}/submissions`, { key: null, body, headers });
  await submit(open.id, new URLSearchParams({ name: canary('Name'), email: address(), phone, message: canary('Message') }));
  await submit(open.id, new URLSearchParams({ email: `${canary('broken')}@` }), { accept: 'text/html' });
  await submit(open.id, { email: 7, [canary('field')]: canary('Value') });
  await submit(form.id, person(), { 'x-signature': canary('Signature') });
  await call('GET', `/f/${open.id}?embed=1&email=${address()}`, { key: null });

  const lead = (await call('POST', '/v1/leads', { body: person() })).body;
  expect(lead.id).toMatch(/^lead_/);
  expect((await call('POST', '/v1/leads', { body: { ...person(), email: lead.email } })).status).toBe(409);
  await call('POST', '/v1/leads', { body: { ...person(), phone: 5, unknown: canary('Unknown') } });
  await call('POST', '/v1/leads', {
    body: `{"email":"${address()}", "lastName": ${canary('Broken')}}`,
    headers: { 'content-type': 'application/json' },
  });
  await call('POST', '/v1/leads', { body: person(), headers: { 'content-type': 'text/plain' } });
  await call('POST', '/v1/leads', { body: person(), headers: { 'idempotency-key': canary('Idempotency') } });
  await call('PATCH', `/v1/leads/${lead.id}`, { body: { lastName: canary('Renamed') }, headers: { 'if-match': `"${canary('Tag')}"` } });
  await call('GET', `/v1/leads?email=${lead.email}&q=${canary('Query')}`);
  await call('GET', `/v1/leads?cursor=${canary('Cursor')}`);
  await call('GET', `/v1/lookup?email=${lead.email}&phone=${encodeURIComponent(phone)}`);
  await call('POST', '/v1/imports', {
    body: `email,Last Name,Phone,Mood\n${address()},${canary('Imported')},${phone},${canary('Mood')}\n${canary('nonsense')},${canary('Rejected')},,\n`,
    headers: { 'content-type': 'text/csv' },
  });
  await call('POST', '/v1/signals', { body: { email: lead.email, type: 'email-opened', properties: { subject: canary('Subject') } } });
  await call('POST', `/v1/leads/${lead.id}/qualify`, { body: { reason: canary('Reason') } });
  const converted = await eventually(
    () => product.request('GET', `/v1/leads/${lead.id}`),
    ({ body }) => body.convertedTo?.dealId !== undefined,
  );
  const { contactId, dealId } = converted.body.convertedTo;
  await call('POST', '/v1/interactions', { body: { contactId, kind: 'call', subject: canary('Subject'), body: canary('Body') } });
  await call('POST', `/v1/deals/${dealId}/notes`, { body: { body: canary('Note') } });
  await call('POST', `/v1/deals/${dealId}/lose`, { body: { reason: 'price', note: canary('Lost') } });
  await call('PUT', '/v1/settings/billing', { body: { name: canary('Seller'), bankDetails: canary('Iban') } });
};

const credentials = async (): Promise<void> => {
  const key = (await call('POST', '/v1/api-keys', { body: { name: canary('Key'), scopes: ['leads:read'] } })).body;
  await call('GET', '/v1/leads', { key: key.secret });
  await call('POST', '/v1/leads', { key: key.secret, body: person() });
  await call('POST', `/v1/api-keys/${key.id}/rotate`, { body: {} });
  await call('GET', '/v1/leads', { key: `lk_local_${canary('Token')}` });
  await call('GET', '/v1/leads', { key: null, headers: { authorization: `Basic ${canary('Basic')}` } });
};

/** Events that no consumer can handle, and that a dead letter tells of. */
const deadLetters = async (): Promise<void> => {
  const bus = busOf(product);
  const entry = (DetailType: string, Source: string, detail: unknown) => ({
    EventBusName: 'leadline-local',
    Source,
    DetailType,
    Detail: JSON.stringify(detail),
  });
  await bus.send(
    new PutEventsCommand({
      Entries: [
        entry('LeadCaptured', 'leadline.intake', {
          metadata: { eventId: 'evt_canary', correlationId: 'canary' },
          data: { lead: person() },
        }),
        entry('EngagementRecorded', 'marketing.canary', { email: address(), type: 7, properties: { name: canary('Name') } }),
        entry('LeadConverted', 'leadline.accounts', { metadata: canary('Text'), data: [canary('Text')] }),
      ],
    }),
  );
  bus.destroy();
  await eventually(
    () => product.request('GET', '/v1/admin/dead-letters?limit=100'),
    ({ body }) => new Set(body.data.map(({ detailType }: { detailType: string }) => detailType)).size === 3,
    60,
  );
};

/** All files that the product keeps beside its table, and what waits in queues on the way to it. */
const filesBeside = async (): Promise<string[]> => {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/^(?:dynamodb|runtime)\.db/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name));
};

it('writes nothing of a person, and no secret, anywhere but into the table', { timeout: 120_000 }, async () => {
  await people();
  await credentials();
  await deadLetters();
  await product.stop();

  const files = await filesBeside();
  expect(files.map((file) => file.slice(data.length + 1))).toContain(join('logs', 'functions.log'));
  const written = new Map(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)));
  written.set('console', product.printed.join('\n'));
  // It would say little if the functions had said nothing: their lines, their metrics, what they gave up.
  const logs = [...written.values()].join('\n');
  for (const said of ['"message":"createLead"', '"_aws":', '"status":"dead-letter"', 'event given up', '"operation":"LeadCaptured"'])
    expect(logs).toContain(said);
  expect(secrets.length).toBeGreaterThan(1);

  const unseen = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line.toLowerCase().includes(mark) || [...noLetters, ...secrets].some((value) => line.includes(value)));
  for (const [file, text] of written) expect({ file, lines: unseen(text) }).toEqual({ file, lines: [] });
});

it('answers a refusal without what was sent', () => {
  const refusals = answers.filter(({ status, headers }) => status >= 400 && /json/.test(headers.get('content-type') ?? ''));
  expect(refusals.length).toBeGreaterThan(8);
  for (const { status, text } of refusals) {
    // The name of a field that is not known is all of a request that is said again: it says where the fault is.
    const said = text.replaceAll(/"pointer":"[^"]*"/g, '');
    expect({ status, said: said.includes(mark) || noLetters.some((value) => said.includes(value)) }).toEqual({ status, said: false });
  }
});
