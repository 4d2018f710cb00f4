import { describe, expect, it } from 'vitest';
import { client, seedKey, type TestRequest } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { serveIntake } from './api.ts';

const open = (edge: TestEdge = testEdge()) => {
  seedKey(edge);
  return { edge, call: client(serveIntake(edge)) };
};
type Call = ReturnType<typeof open>['call'];

const createForm = async (call: Call, settings: Record<string, unknown> = {}) => {
  const answer = await call('POST', '/v1/forms', { body: { name: 'Contact', source: 'website', ...settings } });
  expect(answer.status).toBe(201);
  return answer.body;
};

const submit = (call: Call, formId: string, body: unknown, headers: Record<string, string> = {}, rest: TestRequest = {}) =>
  call('POST', `/v1/forms/${formId}/submissions`, { key: null, body, headers, ...rest });

const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };

const leadBy = async (call: Call, email: string) => (await call('GET', `/v1/leads?email=${encodeURIComponent(email)}`)).body.data[0];

describe('a form', () => {
  it('is created with its defaults, read, changed, listed and deleted', async () => {
    const { call } = open();
    const form = await createForm(call);
    expect(form).toMatchObject({ channel: 'web-form', honeypotField: 'website_url', active: true, submissionsPerMinute: 300, version: 1 });
    expect((await call('GET', `/v1/forms/${form.id}`)).body).toEqual(form);
    const patched = await call('PATCH', `/v1/forms/${form.id}`, { body: { campaign: 'spring' }, headers: { 'if-match': '"1.0"' } });
    expect(patched.body).toMatchObject({ campaign: 'spring', version: 2 });
    expect((await call('PATCH', `/v1/forms/${form.id}`, { body: { campaign: 'spring' } })).body.version).toBe(2);
    expect((await call('PATCH', `/v1/forms/${form.id}`, { body: { name: null } })).status).toBe(422);
    expect((await call('PATCH', `/v1/forms/${form.id}`, { body: { name: 'x' }, headers: { 'if-match': '"1.0"' } })).status).toBe(412);
    expect((await call('GET', '/v1/forms')).body.data).toHaveLength(1);
    expect((await call('DELETE', `/v1/forms/${form.id}`)).status).toBe(204);
    expect((await call('GET', `/v1/forms/${form.id}`)).status).toBe(404);
    expect((await call('GET', '/v1/forms')).body.data).toHaveLength(0);
    expect((await submit(call, form.id, { email: 'a@example.com' })).status).toBe(404);
  });

  it('that is inactive answers 404 as soon as it was switched off', async () => {
    const { call } = open();
    const form = await createForm(call);
    expect((await submit(call, form.id, { email: 'a@example.com' })).status).toBe(202);
    await call('PATCH', `/v1/forms/${form.id}`, { body: { active: false } });
    expect((await submit(call, form.id, { email: 'b@example.com' })).status).toBe(404);
  });

  it('is switched off within two seconds in another function instance', async () => {
    const { edge, call } = open();
    const other = client(serveIntake(edge));
    const form = await createForm(call);
    expect((await submit(other, form.id, { email: 'a@example.com' })).status).toBe(202);
    await call('PATCH', `/v1/forms/${form.id}`, { body: { active: false } });
    edge.clock.advance(2_000);
    expect((await submit(other, form.id, { email: 'b@example.com' })).status).toBe(404);
  });
});

describe('a form post', () => {
  it('is not lost for a page address with more tracking than a text may have', async () => {
    const { call } = open();
    const form = await createForm(call);
    const landing_page = `https://shop.example/?gclid=${'x'.repeat(1_000)}`;
    const answer = await submit(call, form.id, new URLSearchParams({ email: 'ada@example.com', landing_page }).toString(), urlencoded);
    expect(answer.status).toBe(202);
    expect((await leadBy(call, 'ada@example.com')).landingPage).toBe(landing_page.slice(0, 500));
    expect((await call('GET', `/v1/submissions/${answer.body.submissionId}`)).body.payload.landing_page).toBe(landing_page);
  });

  it('becomes a lead with the form’s source, channel, campaign, owner, tags and country', async () => {
    const { edge, call } = open();
    const form = await createForm(call, { campaign: 'spring', owner: 'kim', tags: ['Web'], country: 'de', channel: 'landing-page' });
    const answer = await submit(
      call,
      form.id,
      'First+Name=Ada&last_name=Lovelace&e-mail=Ada%40Example.com&phone=030+901820&budget=5000&topic=a&topic=b&utm_source=news',
      { ...urlencoded, referer: 'https://shop.example/contact' },
    );
    expect(answer.status).toBe(202);
    expect(Object.keys(answer.body).sort()).toEqual(['receivedAt', 'submissionId']);
    const lead = await leadBy(call, 'ada@example.com');
    expect(lead).toMatchObject({
      kind: 'person',
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@example.com',
      phone: '030 901820',
      phoneE164: '+4930901820',
      country: 'DE',
      source: 'website',
      channel: 'landing-page',
      campaign: 'spring',
      owner: 'kim',
      tags: ['web'],
      utm: { source: 'news' },
      customFields: { budget: '5000', topic: 'a, b' },
      status: 'new',
      score: 0,
      rating: 'cold',
      lifecycleStage: 'lead',
      touches: 1,
      version: 1,
      priority: 'normal',
    });
    const submission = (await call('GET', `/v1/submissions/${answer.body.submissionId}`)).body;
    expect(submission).toMatchObject({
      status: 'accepted',
      formId: form.id,
      leadId: lead.id,
      ip: '203.0.113.7',
      userAgent: 'test',
      referrer: 'https://shop.example/contact',
      payload: { 'First Name': 'Ada', topic: ['a', 'b'] },
    });
    expect(edge.table.events.map(({ detailType, detail }) => [detailType, detail.metadata.actor])).toEqual([
      ['LeadCaptured', `form:${form.id}`],
    ]);
  });

  it('is one transaction once the form is known', async () => {
    const { edge, call } = open();
    const form = await createForm(call, { submissionsPerMinute: 0 });
    await submit(call, form.id, { email: 'a@example.com' });
    const before = edge.table.consumed.calls;
    await submit(call, form.id, { email: 'b@example.com' });
    expect(edge.table.consumed.calls - before).toBe(1);
  });

  it('with the same content within ten minutes is the same submission and one touch', async () => {
    const { edge, call } = open();
    const form = await createForm(call);
    const first = await submit(call, form.id, { email: 'a@example.com', message: 'hi' });
    edge.clock.advance(1_000);
    const second = await submit(call, form.id, { message: 'hi', email: 'a@example.com' });
    expect([second.status, second.body]).toEqual([202, first.body]);
    edge.clock.advance(600_000);
    const third = await submit(call, form.id, { email: 'a@example.com', message: 'hi' });
    expect(third.body.submissionId).not.toBe(first.body.submissionId);
    expect((await leadBy(call, 'a@example.com')).touches).toBe(2);
  });

  it('of a known person is a touch: blanks filled, nothing overwritten, tags added, the answer the same', async () => {
    const { edge, call } = open();
    const one = await createForm(call, { tags: ['one'] });
    const two = await createForm(call, { tags: ['two'], source: 'fair', campaign: 'autumn' });
    const first = await submit(call, one.id, { name: 'Ada Lovelace', email: 'ada@example.com', color: 'red' });
    edge.clock.advance(5);
    const second = await submit(call, two.id, {
      name: 'Someone Else',
      email: 'ADA@example.com',
      company: 'Acme',
      color: 'blue',
      size: 'L',
    });
    expect(Object.keys(second.body)).toEqual(Object.keys(first.body));
    const lead = await leadBy(call, 'ada@example.com');
    expect(lead).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
      company: 'Acme',
      tags: ['one', 'two'],
      source: 'website',
      customFields: { color: 'red', size: 'L' },
      touches: 2,
    });
    const touches = (await call('GET', `/v1/leads/${lead.id}/touches`)).body.data;
    expect(touches).toMatchObject([
      { source: 'website', submissionId: first.body.submissionId, formId: one.id, channel: 'web-form' },
      { source: 'fair', submissionId: second.body.submissionId, campaign: 'autumn' },
    ]);
    const timeline = (await call('GET', `/v1/leads/${lead.id}/timeline`)).body.data;
    expect(timeline.map(({ type }: { type: string }) => type)).toEqual(['LeadTouched', 'LeadCaptured']);
    expect(edge.table.events.map(({ detail }) => detail.metadata.sequence)).toEqual([1, 2]);
  });

  it.each([
    [{ email: 'nonsense' }, '/email'],
    [{ name: 'Ada' }, '/email'],
    [{ 'e-mail': 'a@example.com', 'First Name': 'x'.repeat(501) }, '/First Name'],
    [{ email: 'a@example.com', 'a/b': 'x'.repeat(10_001) }, '/a~1b'],
    [{ email: 'a@example.com', company: 'a\u0000b' }, '/company'],
  ])('that does not fit is refused, naming the sender’s field: %#', async (body, pointer) => {
    const { edge, call } = open();
    const form = await createForm(call);
    const answer = await submit(call, form.id, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect(edge.table.items('submission')).toHaveLength(0);
  });

  it('without a required field is refused by the name the sender’s form has for it', async () => {
    const { call } = open();
    const form = await createForm(call, { fieldMap: { Firma: 'company' }, requiredFields: ['company', 'name'] });
    const answer = await submit(call, form.id, { email: 'a@example.com' });
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['/Firma', '/name']);
    expect((await submit(call, form.id, { email: 'a@example.com', Firma: 'Acme', 'Full Name': 'Ada King' })).status).toBe(202);
  });

  it('by a robot is kept as spam, makes no lead, and is answered alike', async () => {
    const { edge, call } = open();
    const form = await createForm(call);
    const answer = await submit(call, form.id, { email: 'a@example.com', website_url: 'http://spam.example' });
    expect(answer.status).toBe(202);
    expect(edge.table.events).toHaveLength(0);
    expect((await call('GET', '/v1/submissions?status=spam')).body.data).toMatchObject([{ id: answer.body.submissionId, status: 'spam' }]);
    expect((await call('GET', '/v1/submissions?status=accepted')).body.data).toEqual([]);
    const released = await call('POST', `/v1/submissions/${answer.body.submissionId}/release`);
    expect(released.body).toMatchObject({ status: 'accepted', version: 2 });
    expect((await leadBy(call, 'a@example.com')).id).toBe(released.body.leadId);
    const again = await call('POST', `/v1/submissions/${answer.body.submissionId}/release`);
    expect(again.body).toEqual(released.body);
    expect(edge.table.events).toHaveLength(1);
  });

  it('by a browser’s navigation goes on to the form’s page', async () => {
    const { call } = open();
    const form = await createForm(call, { redirectUrl: 'https://shop.example/thanks' });
    const answer = await submit(call, form.id, 'email=a%40example.com', { ...urlencoded, accept: 'text/html,*/*' });
    expect([answer.status, answer.headers.location]).toEqual([303, 'https://shop.example/thanks']);
    expect((await submit(call, form.id, { email: 'b@example.com' }, { accept: '*/*' })).status).toBe(202);
  });

  it.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/дякую?q=ß', 'https://shop.example/%D0%B4%D1%8F%D0%BA%D1%83%D1%8E?q=%C3%9F'],
    ['https://läden.example/so geht es', 'https://xn--lden-loa.example/so%20geht%20es'],
  ])('goes on to %s in a form that a header can hold', async (redirectUrl, location) => {
    const { call } = open();
    const form = await createForm(call, { redirectUrl });
    const answer = await submit(call, form.id, 'email=a%40example.com', { ...urlencoded, accept: 'text/html,*/*' });
    expect([answer.status, answer.headers.location]).toEqual([303, location]);
  });

  it.each(['https://shop.example/\r\nSet-Cookie: a=b', 'https://shop.example/\tthanks', 'https://shop.example/\u0000'])(
    'has no page to go on to in %j',
    async (redirectUrl) => {
      const { call } = open();
      const answer = await call('POST', '/v1/forms', { body: { name: 'F', source: 'web', redirectUrl } });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/redirectUrl']);
    },
  );

  it('does not take the address from whoever came in while the lead that held it was deleted', async () => {
    const { call, edge } = open();
    const form = await createForm(call);
    const email = 'a@example.com';
    const post = (message: string) => submit(call, form.id, { email, message });
    await post('first');
    const first = await leadBy(call, email);
    // The first transaction finds the address known, the second touches its holder.
    edge.table.interfere(async () =>
      edge.table.interfere(async () => {
        expect((await call('DELETE', `/v1/leads/${first.id}`)).status).toBe(204);
        await post('meanwhile');
      }),
    );
    expect((await post('overtaken')).status).toBe(202);
    const { data } = (await call('GET', '/v1/leads')).body;
    expect(data).toMatchObject([{ email, touches: 2, message: 'meanwhile' }]);
  });

  it('from an origin that is not allowed is refused, from an allowed one it may read the answer', async () => {
    const { call } = open();
    const form = await createForm(call, { allowedOrigins: ['https://shop.example'] });
    const refused = await submit(call, form.id, { email: 'bad' }, { origin: 'https://evil.example' });
    expect([refused.status, refused.body.type]).toEqual([403, '/problems/origin-not-allowed']);
    const answer = await submit(call, form.id, { email: 'a@example.com' }, { origin: 'https://shop.example' });
    expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example');
  });

  it('beyond the limit per source address is refused until the minute is over, over all function instances', async () => {
    const { edge, call } = open();
    const other = client(serveIntake(edge));
    const form = await createForm(call, { submissionsPerMinute: 3 });
    const statuses: number[] = [];
    for (const [index, instance] of [call, other, call, other].entries())
      statuses.push((await submit(instance, form.id, { email: `p${index}@example.com` })).status);
    expect(statuses).toEqual([202, 202, 202, 429]);
    edge.clock.advance(20_000);
    const refused = await submit(call, form.id, { email: 'x@example.com' });
    expect(refused.headers['retry-after']).toBe('40');
    edge.clock.advance(40_000);
    expect((await submit(call, form.id, { email: 'x@example.com' })).status).toBe(202);
  });

  it('under a high limit takes most of its permits from memory', async () => {
    const { edge, call } = open();
    const form = await createForm(call, { submissionsPerMinute: 300 });
    await submit(call, form.id, { email: 'p0@example.com' });
    const before = edge.table.consumed.calls;
    for (let i = 1; i < 30; i += 1) expect((await submit(call, form.id, { email: `p${i}@example.com` })).status).toBe(202);
    expect(edge.table.consumed.calls - before).toBe(29);
  });

  it('under a key sent twice counts once and is replayed', async () => {
    const { edge, call } = open();
    const form = await createForm(call);
    const first = await submit(call, form.id, { email: 'a@example.com' }, { 'idempotency-key': 'k1' });
    const second = await submit(call, form.id, { email: 'a@example.com' }, { 'idempotency-key': 'k1' });
    expect([second.body, second.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    expect(edge.table.events).toHaveLength(1);
  });
});

describe('a lead', () => {
  const create = (call: Call, body: unknown, query = '') => call('POST', `/v1/leads${query}`, { body });

  it('is created by a caller, read, and its ETag stands for all that shows', async () => {
    const { call } = open();
    const created = await create(call, { email: 'Ada@Example.com', customFields: { budget: 5, vip: true }, consent: { marketing: true } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      source: 'api',
      channel: 'api',
      priority: 'normal',
      kind: 'person',
      email: 'ada@example.com',
      tags: [],
    });
    const path = created.headers.location ?? '';
    const read = await call('GET', path);
    expect([read.body, read.headers.etag]).toEqual([created.body, created.headers.etag]);
    expect((await call('GET', path, { headers: { 'if-none-match': read.headers.etag ?? '' } })).status).toBe(304);
  });

  it('with an e-mail that a lead holds is refused, or touches it when asked to', async () => {
    const { edge, call } = open();
    const { body: first } = await create(call, { email: 'a@example.com' });
    const refused = await create(call, { email: 'A@example.com', company: 'Acme' });
    expect([refused.status, refused.body.existingId]).toEqual([409, first.id]);
    const merged = await create(call, { email: 'a@example.com', company: 'Acme', tags: ['X'] }, '?onDuplicate=merge');
    expect(merged.status).toBe(200);
    expect(merged.body).toMatchObject({ id: first.id, company: 'Acme', touches: 2, tags: ['x'], version: 2 });
    expect(edge.table.events.map(({ detailType }) => detailType)).toEqual(['LeadCaptured', 'LeadTouched']);
  });

  it('without an e-mail is a new one each time', async () => {
    const { call } = open();
    const one = await create(call, { phone: '+49 30 901820' });
    const two = await create(call, { phone: '+49 30 901820' });
    expect([one.status, two.status, one.body.id === two.body.id]).toEqual([201, 201, false]);
    expect((await create(call, { company: 'Acme' })).body.kind).toBe('company');
    expect((await create(call, { firstName: 'Ada' })).status).toBe(422);
    expect((await create(call, { email: 'b@example.com', nope: 1 })).body.errors[0].pointer).toBe('/nope');
  });

  it('is changed by a merge patch; what changes nothing is no change', async () => {
    const { edge, call } = open();
    const { body: lead } = await create(call, { email: 'a@example.com', firstName: 'Ada', phone: '030 1', tags: ['x'] });
    edge.clock.advance(1_000);
    const same = await call('PATCH', `/v1/leads/${lead.id}`, { body: { firstName: 'Ada', tags: ['X'] } });
    expect(same.body).toEqual(lead);
    const changed = await call('PATCH', `/v1/leads/${lead.id}`, { body: { firstName: null, utm: { source: 'news' }, priority: 'high' } });
    expect(changed.body).toMatchObject({ version: 2, priority: 'high', utm: { source: 'news' } });
    expect(changed.body.firstName).toBeUndefined();
    expect(edge.table.events.at(-1)?.detail.data).toMatchObject({ changed: ['firstName', 'priority', 'utm'] });
    const cleared = await call('PATCH', `/v1/leads/${lead.id}`, { body: { priority: null, tags: null } });
    expect(cleared.body).toMatchObject({ version: 3, priority: 'normal', tags: [] });
    expect((await call('PATCH', `/v1/leads/${lead.id}`, { body: { score: 5 } })).status).toBe(422);
    expect((await call('PATCH', `/v1/leads/${lead.id}`, { body: { email: null, phone: null } })).status).toBe(422);
    expect((await call('PATCH', `/v1/leads/${lead.id}`, { body: { company: 'x' }, headers: { 'if-match': '"2.1"' } })).status).toBe(412);
  });

  it('takes its e-mail with it when that is changed, and frees it when deleted', async () => {
    const { edge, call } = open();
    const { body: one } = await create(call, { email: 'one@example.com' });
    const { body: two } = await create(call, { email: 'two@example.com' });
    const refused = await call('PATCH', `/v1/leads/${one.id}`, { body: { email: 'two@example.com' } });
    expect([refused.status, refused.body.existingId]).toEqual([409, two.id]);
    expect((await call('PATCH', `/v1/leads/${one.id}`, { body: { email: 'three@example.com' } })).status).toBe(200);
    expect((await leadBy(call, 'three@example.com')).id).toBe(one.id);
    expect(await leadBy(call, 'one@example.com')).toBeUndefined();
    expect((await create(call, { email: 'one@example.com' })).status).toBe(201);
    expect((await call('DELETE', `/v1/leads/${two.id}`)).status).toBe(204);
    for (const path of ['', '/timeline', '/touches']) expect((await call('GET', `/v1/leads/${two.id}${path}`)).status).toBe(404);
    expect((await call('DELETE', `/v1/leads/${two.id}`)).status).toBe(404);
    expect((await create(call, { email: 'two@example.com' })).status).toBe(201);
    expect(JSON.stringify(edge.table.events.find(({ detailType }) => detailType === 'LeadDeleted'))).not.toContain('example.com');
    expect((await call('GET', '/v1/leads')).body.data).toHaveLength(3);
  });

  it('is found by every filter, in both orders, page by page', async () => {
    const { edge, call } = open();
    const bodies = [
      { email: 'a@example.com', firstName: 'Ada', lastName: 'Lovelace', campaign: 'spring', tags: ['vip'], owner: 'kim', priority: 'high' },
      { email: 'b@example.com', firstName: 'Bo', company: 'Acme', interest: 'crm', source: 'fair', channel: 'event' },
      { email: 'c@example.com', lastName: 'Ångström', tags: ['vip'] },
    ];
    for (const body of bodies) {
      await create(call, body);
      edge.clock.advance(1_000);
    }
    const emails = async (query: string) =>
      (await call('GET', `/v1/leads?${query}`)).body.data.map(({ email }: { email: string }) => email[0]).join('');
    expect(await emails('')).toBe('cba');
    expect(await emails('sort=createdAt')).toBe('abc');
    expect(await emails('tag=VIP')).toBe('ca');
    expect(await emails('tag=vip&owner=kim')).toBe('a');
    expect(await emails('q=ada%20love')).toBe('a');
    expect(await emails('q=ACM')).toBe('b');
    expect(await emails('q=%C3%A5ng')).toBe('c');
    expect(await emails('q=b@ex')).toBe('b');
    expect(await emails('campaign=spring')).toBe('a');
    expect(await emails('source=fair&channel=event&interest=crm')).toBe('b');
    expect(await emails('priority=high')).toBe('a');
    expect(await emails('status=working')).toBe('');
    expect(await emails('status=new&rating=cold&lifecycleStage=lead')).toBe('cba');
    expect(await emails('createdAfter=2026-11-22T18:18:42.000Z')).toBe('cb');
    expect(await emails('createdBefore=2026-11-22T18:18:44.000Z')).toBe('ba');
    expect(await emails('email=a@example.com&status=working')).toBe('');
    expect((await call('GET', '/v1/leads?status=')).status).toBe(400);
    const first = await call('GET', '/v1/leads?limit=2');
    const next = await call('GET', `/v1/leads?limit=2&cursor=${first.body.nextCursor}`);
    expect(next.body).toMatchObject({ data: [{ email: 'a@example.com' }], nextCursor: null });
  });
});
