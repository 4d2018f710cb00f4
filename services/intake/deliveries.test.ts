import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { client, seedKey } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { serveIntake } from './api.ts';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`./domain/vendors/fixtures/${name}.json`, import.meta.url), 'utf8')).payload;

const secret = 'a secret between two';

const open = async (format: string, settings: Record<string, unknown> = {}) => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const { body: form } = await call('POST', '/v1/forms', { body: { name: 'F', source: format, format, ...settings } });
  const deliver = (payload: unknown, headers: Record<string, string> = {}) =>
    call('POST', `/v1/forms/${form.id}/submissions`, {
      key: null,
      body: typeof payload === 'string' ? payload : JSON.stringify(payload),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const leadBy = async (email: string) => (await call('GET', `/v1/leads?email=${encodeURIComponent(email)}`)).body.data[0];
  const submissions = async (query = '') => (await call('GET', `/v1/submissions?formId=${form.id}${query}`)).body.data;
  return { edge, call, form, deliver, leadBy, submissions };
};

const hmac = (encoding: 'hex' | 'base64', text: string): string => createHmac('sha256', secret).update(text).digest(encoding);

describe('a delivery', () => {
  it('of Typeform becomes a lead: mapped by type and question, choices as texts, the rest under its question', async () => {
    const { deliver, leadBy, submissions } = await open('typeform');
    expect((await deliver(fixture('typeform'))).status).toBe(202);
    expect(await leadBy('laura@example.com')).toMatchObject({
      firstName: 'Laura',
      customFields: {
        'When did you move to the place where you live?': '2005-10-15',
        'Which pictures do you like? You can choose as many as you like.': 'London, Sydney',
        'Which of these cities is your favorite?': 'London',
        "Do you have a favorite city we haven't listed?": false,
        user_id: 'abc123456',
      },
    });
    expect(await submissions()).toMatchObject([{ status: 'accepted', payload: fixture('typeform') }]);
  });

  it('of Typeform names contact details by their place in the group, and hidden fields by their names', async () => {
    const { deliver, leadBy } = await open('typeform', { fieldMap: { budget_ref: 'interest' } });
    const field = (id: string, subfield_key: string, title: string) => ({ id, ref: `r-${id}`, type: 'short_text', title, subfield_key });
    const answer = (id: string, type: string, value: unknown, ref?: string) => ({ type, [type]: value, field: { id, type: 'x', ref } });
    const response = {
      token: 't1',
      hidden: { utm_source: 'news', utm_campaign: '' },
      definition: {
        fields: [
          {
            id: 'group',
            type: 'contact_info',
            title: 'Tell us about yourself',
            properties: {
              fields: [field('a', 'first_name', 'Vorname'), field('b', 'last_name', 'Nachname'), field('c', 'company', 'Firma')],
            },
          },
        ],
      },
      answers: [
        answer('a', 'text', 'Ada'),
        answer('b', 'text', 'Lovelace'),
        answer('c', 'text', 'Analytical Engines'),
        answer('d', 'email', 'ada@example.com'),
        answer('e', 'phone_number', '+442079460958'),
        answer('f', 'url', 'https://ada.example'),
        answer('g', 'choices', { labels: ['A'], other: 'B' }, 'budget_ref'),
        answer('h', 'choice', { other: 'none of these' }, 'odd'),
        answer('i', 'payment', { amount: '20.00', last4: '1234' }, 'fee'),
      ],
    };
    await deliver({ event_id: 'e', event_type: 'form_response', form_response: response });
    expect(await leadBy('ada@example.com')).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
      company: 'Analytical Engines',
      phone: '+442079460958',
      website: 'https://ada.example',
      interest: 'A, B',
      utm: { source: 'news' },
      customFields: { odd: 'none of these', fee: '20.00' },
    });
  });

  it('of Tally becomes a lead: ids of choices as their texts, a question with boxes once, files as their addresses', async () => {
    const { deliver, leadBy } = await open('tally');
    expect((await deliver(fixture('tally'))).status).toBe(202);
    const lead = await leadBy('alice@example.com');
    expect(lead).toMatchObject({ phone: '+32491223344', utm: { source: 'newsletter' } });
    expect(lead.customFields).toEqual({
      Text: 'Hello',
      'Multiple choice': 'In progress',
      Checkboxes: 'Design, Code',
      'File upload': 'https://storage.googleapis.com/tally-response-assets-dev/vBXMXN/34fd1ee5-4ead-4929-9a4a-918ac9f0b416/Tally_Icon.png',
      Rating: 4,
      Matrix: 'Support: Good',
    });
  });

  it('of Webflow becomes a lead, in either version', async () => {
    const second = await open('webflow');
    expect((await second.deliver(fixture('webflow'))).status).toBe(202);
    expect(await second.leadBy('zaphod@heartofgold.ai')).toMatchObject({
      firstName: 'Zaphod',
      lastName: 'Beeblebrox',
      phone: '15550000000',
    });
    const first = await open('webflow');
    expect((await first.deliver(fixture('webflow-v1'))).status).toBe(202);
    expect(await first.leadBy('some.one@home.com')).toMatchObject({ firstName: 'Some', lastName: 'One' });
  });

  it('of Google Ads that is a test is kept as one and makes no lead', async () => {
    const { deliver, leadBy, submissions, edge, call } = await open('google-ads', { signingSecret: 'a-key-of-the-advertiser' });
    expect((await deliver(fixture('google-ads'))).status).toBe(202);
    expect(await leadBy('test@example.com')).toBeUndefined();
    const [test] = await submissions('&status=test');
    expect(test).toMatchObject({ status: 'test', payload: { is_test: true } });
    expect(await submissions('&status=accepted')).toEqual([]);
    expect((await call('POST', `/v1/submissions/${test.id}/release`)).body.status).toBe('test');
    expect(edge.table.events).toEqual([]);
  });

  it('of Google Ads becomes a lead by its columns, and its key is never kept', async () => {
    const { deliver, leadBy, edge } = await open('google-ads', { signingSecret: 'a-key-of-the-advertiser' });
    expect((await deliver({ ...fixture('google-ads'), is_test: false })).status).toBe(202);
    expect(await leadBy('test@example.com')).toMatchObject({
      firstName: 'FirstName',
      lastName: 'LastName',
      phone: '+16505550123',
      company: 'CompanyName',
      jobTitle: 'JobTitle',
      country: 'United States',
      customFields: { 'Work Email': 'work@example.com', 'What is your preferred dealership?': 'Mountain View' },
    });
    const withoutForm = edge.table.items().filter(({ kind }) => kind !== 'form');
    expect(JSON.stringify([withoutForm, edge.table.events])).not.toContain('a-key-of-the-advertiser');
  });

  it('keeps every digit of an id of 64 bits', async () => {
    const { deliver, submissions } = await open('google-ads');
    const text = JSON.stringify({ ...fixture('google-ads'), is_test: false }).replace('40000000000', '9223372036854775807');
    expect((await deliver(text)).status).toBe(202);
    expect((await submissions())[0].payload.form_id).toBe('9223372036854775807');
  });

  it('of Meta becomes a lead, and its bare notification, which has no answers, is refused', async () => {
    const { deliver, leadBy } = await open('meta-lead-ads');
    expect((await deliver(fixture('meta-lead-ads'))).status).toBe(202);
    expect(await leadBy('joe@example.com')).toMatchObject({
      firstName: 'Joe',
      lastName: 'Example',
      phone: '+16505550123',
      company: 'Example Inc',
      customFields: { car_make: 'Honda', select_all_that_apply: 'Sedan, Convertible' },
    });
    const bare = await deliver(fixture('meta-notification'));
    expect([bare.status, bare.body.errors[0].code]).toEqual([422, 'not_a_delivery']);
  });

  it.each(['typeform', 'tally', 'webflow', 'google-ads', 'meta-lead-ads'])(
    'of %s that comes again is the same submission, even after days',
    async (format) => {
      const { deliver, submissions, edge } = await open(format);
      const payload = { ...fixture(format), ...(format === 'google-ads' ? { is_test: false } : {}) };
      const first = await deliver(payload);
      edge.clock.advance(3 * 24 * 3_600_000);
      const again = await deliver({ ...payload, attempt: 2 });
      expect(again.body).toEqual(first.body);
      expect(await submissions()).toHaveLength(1);
      expect(edge.table.events).toHaveLength(1);
    },
  );

  it.each([
    ['typeform', {}],
    ['tally', { data: {} }],
    ['webflow', { payload: { data: 'x' } }],
    ['google-ads', { user_column_data: 'x' }],
    ['meta-lead-ads', { field_data: [{}] }],
  ])('that is none of %s’s is refused', async (format, payload) => {
    const { deliver } = await open(format);
    expect((await deliver(payload)).status).toBe(422);
  });

  it('without an e-mail or a phone number, or with a wrong one, is refused naming the field', async () => {
    const { deliver } = await open('meta-lead-ads');
    expect((await deliver({ id: '1', field_data: [{ name: 'full_name', values: ['A'] }] })).body.errors).toMatchObject([
      { pointer: '/email' },
    ]);
    const wrong = await deliver({ id: '2', field_data: [{ name: 'work_email', values: ['nobody'] }] });
    expect(wrong.body.errors).toMatchObject([{ pointer: '/work_email' }]);
  });
});

describe('a signature', () => {
  const text = (format: string): string => JSON.stringify(fixture(format), undefined, 1);
  const signed: Record<string, (body: string, now: number) => Record<string, string>> = {
    typeform: (body) => ({ 'typeform-signature': `sha256=${hmac('base64', body)}` }),
    tally: (body) => ({ 'tally-signature': hmac('base64', body) }),
    webflow: (body, now) => ({ 'x-webflow-timestamp': String(now), 'x-webflow-signature': hmac('hex', `${now}:${body}`) }),
    'meta-lead-ads': (body) => ({ 'x-hub-signature-256': `sha256=${hmac('hex', body)}` }),
  };

  it.each(Object.keys(signed))('of %s over the very bytes is asked for once the form has a secret', async (format) => {
    const { deliver, edge, submissions } = await open(format, { signingSecret: secret });
    const headers = signed[format]?.(text(format), edge.now()) ?? {};
    const missing = await deliver(text(format));
    expect([missing.status, missing.body.type]).toEqual([401, '/problems/unauthenticated']);
    expect(missing.headers['www-authenticate']).toBeDefined();
    const wrong = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value.slice(0, -2)}00`]));
    expect((await deliver(text(format), wrong)).status).toBe(401);
    expect((await deliver(`${text(format)} `, headers)).status).toBe(401);
    expect(await submissions()).toEqual([]);
    expect((await deliver(text(format), headers)).status).toBe(202);
  });

  it('of Google Ads is the key in the payload', async () => {
    const { deliver } = await open('google-ads', { signingSecret: 'a-key-of-the-advertiser' });
    const { google_key: _key, ...without } = fixture('google-ads');
    expect((await deliver(without)).status).toBe(401);
    expect((await deliver({ ...without, google_key: 'another' })).status).toBe(401);
    expect((await deliver({ ...without, google_key: 7 })).status).toBe(401);
    expect((await deliver(fixture('google-ads'))).status).toBe(202);
  });

  it('of Webflow is good for five minutes', async () => {
    const { deliver, edge } = await open('webflow', { signingSecret: secret });
    const headers = signed.webflow?.(text('webflow'), edge.now()) ?? {};
    edge.clock.advance(5 * 60_000 + 1);
    expect((await deliver(text('webflow'), headers)).status).toBe(401);
    edge.clock.advance(-1);
    expect((await deliver(text('webflow'), headers)).status).toBe(202);
  });

  it('is checked with the secret as it was changed last', async () => {
    const { call, form, deliver } = await open('tally', { signingSecret: 'the old one' });
    expect((await deliver(text('tally'))).status).toBe(401);
    await call('PATCH', `/v1/forms/${form.id}`, { body: { signingSecret: secret } });
    expect((await deliver(text('tally'), signed.tally?.(text('tally'), 0) ?? {})).status).toBe(202);
    await call('PATCH', `/v1/forms/${form.id}`, { body: { signingSecret: null } });
    expect((await deliver(text('tally'))).status).toBe(202);
  });
});

describe('a signing secret', () => {
  it('can be written and changed, and is read nowhere: not in answers, replays, lists, events', async () => {
    const { edge, call } = await open('generic');
    const idempotent = { 'idempotency-key': 'k' };
    const body = { name: 'F', source: 's', format: 'tally', signingSecret: secret };
    const answers = [
      await call('POST', '/v1/forms', { body, headers: idempotent }),
      await call('POST', '/v1/forms', { body, headers: idempotent }),
    ];
    const [{ body: form } = { body: {} }] = answers;
    expect(answers[1]?.headers['idempotency-replayed']).toBe('true');
    answers.push(await call('PATCH', `/v1/forms/${form.id}`, { body: { signingSecret: `${secret}!` } }));
    expect(answers.at(-1)?.body.version).toBe(2);
    answers.push(await call('PATCH', `/v1/forms/${form.id}`, { body: { signingSecret: `${secret}!` } }));
    expect(answers.at(-1)?.body.version).toBe(2);
    answers.push(await call('PATCH', `/v1/forms/${form.id}`, { body: { name: 'G' } }));
    answers.push(await call('GET', `/v1/forms/${form.id}`), await call('GET', '/v1/forms'));
    expect(JSON.stringify(answers)).not.toContain(secret);
    const kept = edge.table.items().filter((item) => JSON.stringify(item).includes(secret));
    expect(kept.map(({ kind }) => kind)).toEqual(['form']);
    await call('DELETE', `/v1/forms/${form.id}`);
    expect(JSON.stringify(edge.table.items())).not.toContain(secret);
  });
});

describe('Meta’s handshake', () => {
  const ask = (call: Awaited<ReturnType<typeof open>>['call'], formId: string, token: string, mode = 'subscribe') =>
    call('GET', `/v1/forms/${formId}/submissions?hub.mode=${mode}&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(token)}`, {
      key: null,
    });

  it('is answered with the challenge to whoever knows the secret', async () => {
    const { call, form } = await open('meta-lead-ads', { signingSecret: secret });
    const answer = await ask(call, form.id, secret);
    expect([answer.status, answer.body]).toEqual([200, '1158201444']);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect((await ask(call, form.id, 'another')).status).toBe(401);
    expect((await ask(call, form.id, secret, 'unsubscribe')).status).toBe(401);
    expect((await call('GET', `/v1/forms/${form.id}/submissions`, { key: null })).status).toBe(401);
  });

  it('is nothing that other forms do', async () => {
    const { call, form } = await open('generic');
    const answer = await ask(call, form.id, secret);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    expect((await ask(call, 'form_01KBBBBBBBBBBBBBBBBBBBBBBB', secret)).status).toBe(404);
  });
});
