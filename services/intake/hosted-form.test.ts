import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { client, seedKey } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { serveIntake } from './api.ts';

const navigation = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

const open = async (settings: Record<string, unknown> = {}) => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const { body: form } = await call('POST', '/v1/forms', { body: { name: 'Talk to us', source: 'web', ...settings } });
  const show = (query = '', id = form.id) => call('GET', `/f/${id}${query}`, { key: null, headers: navigation });
  const post = (fields: Record<string, string>, query = '', headers: Record<string, string> = {}) =>
    call('POST', `/v1/forms/${form.id}/submissions${query}`, {
      key: null,
      body: new URLSearchParams(fields).toString(),
      headers: { ...navigation, origin: 'https://api.example.com', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const leadBy = async (email: string) => (await call('GET', `/v1/leads?email=${encodeURIComponent(email)}`)).body.data[0];
  return { edge, call, form, show, post, leadBy };
};

const controlNames = (page: string): string[] =>
  [...page.matchAll(/<(?:input|select|textarea) [^>]*name="([^"]*)"/g)].map(([, name = '']) => name);

describe('the page of a form', () => {
  it('asks for the usual fields, those that the form maps or requires, and the consent', async () => {
    const { show } = await open({
      fieldMap: { mail: 'email', role: 'jobTitle', src: 'utm.source' },
      requiredFields: ['phone', 'country'],
      consentText: 'I agree.',
    });
    const { status, headers, body } = await show();
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    expect(controlNames(body)).toEqual([
      'firstName',
      'lastName',
      'mail',
      'phone',
      'company',
      'role',
      'country',
      'message',
      'consent.marketing',
      'website_url',
    ]);
    expect(body).toContain('<title>Talk to us</title>');
    expect(body).toMatch(/name="phone"[^>]* required/);
    expect(body).not.toMatch(/name="mail"[^>]* required/);
    expect(body).toContain('<option value="CI">Côte d’Ivoire</option>');
  });

  it('asks for a name once: whole where the form wants it so', async () => {
    const { show } = await open({ fieldMap: { nom: 'name' } });
    expect(controlNames((await show()).body)).toEqual(['nom', 'email', 'phone', 'company', 'message', 'website_url']);
  });

  it('leaves out a field whose name means another, or is the trap', async () => {
    const { show } = await open({ fieldMap: { message: 'interest' }, honeypotField: 'company' });
    const names = controlNames((await show()).body);
    expect(names).toEqual(['firstName', 'lastName', 'email', 'phone', 'message', 'company']);
  });

  it('takes the campaign and what a link fills in along', async () => {
    const { show, post, leadBy } = await open();
    const { body } = await show('?email=ada%40example.com&utm_source=news&utm_term=&evil=1');
    expect(body).toMatch(/name="email"[^>]* value="ada@example.com"/);
    expect(body).toContain('<input type="hidden" name="utm_source" value="news">');
    expect(body).not.toContain('evil');
    await post({ email: 'ada@example.com', utm_source: 'news', website_url: '' });
    expect(await leadBy('ada@example.com')).toMatchObject({ utm: { source: 'news' } });
  });

  it('says what it may do, and who may frame it', async () => {
    const { show, form, call } = await open({ allowedOrigins: ['https://shop.example'], redirectUrl: 'https://shop.example/thanks?x=1' });
    const whole = (await show()).headers['content-security-policy'];
    expect(whole).toContain("default-src 'none'");
    expect(whole).toContain("form-action 'self' https://shop.example;");
    expect(whole).toContain("frame-ancestors 'none'");
    expect((await show('?embed=1')).headers['content-security-policy']).toContain("frame-ancestors 'self' https://shop.example;");
    await call('PATCH', `/v1/forms/${form.id}`, { body: { allowedOrigins: ['https://a;script-src'] } });
    expect((await show('?embed=1')).headers['content-security-policy']).not.toContain('script-src');
    await call('PATCH', `/v1/forms/${form.id}`, { body: { allowedOrigins: null } });
    expect((await show('?embed=1')).headers['content-security-policy']).toContain('frame-ancestors *;');
  });

  it('is not there for a form that is closed, of a vendor, or unknown: a page for people, a problem for programs', async () => {
    const { show, call, form } = await open({ format: 'tally' });
    const answer = await show();
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect((await show('', 'form_01KBBBBBBBBBBBBBBBBBBBBBBB')).status).toBe(404);
    expect((await call('GET', `/f/${form.id}`, { key: null })).body.type).toBe('/problems/not-found');
  });

  it('lets no text of anybody become markup', async () => {
    const nasty = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'x', '/', '=', ' ', '\n'), minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (name, typed) => {
        fc.pre(name.trim() !== '');
        const { show, post } = await open({ name: `n${name}`, consentText: `c${name}` });
        const plain = await open({ name: 'n', consentText: 'c' });
        const tags = (page: string) => page.match(/<[^>]*>/g)?.map((tag) => tag.split(/[\s>]/)[0]);
        expect(tags((await show()).body)).toEqual(tags((await plain.show()).body));
        const refused = await post({ email: typed, company: typed });
        expect(tags(refused.body)).toEqual(tags((await plain.post({ email: 'x', company: 'x' })).body));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a post from the page', () => {
  it('is thanked for, and its reload is the same submission', async () => {
    const { post, leadBy, call } = await open({ consentText: 'Newsletter, please.' });
    const fields = { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', 'consent.marketing': 'yes', website_url: '' };
    const first = await post(fields);
    expect([first.status, first.headers['content-type']]).toEqual([202, 'text/html; charset=utf-8']);
    expect(first.body).toContain('<h1>Thank you</h1>');
    expect((await post(fields)).status).toBe(202);
    expect(await leadBy('ada@example.com')).toMatchObject({
      firstName: 'Ada',
      touches: 1,
      consent: { marketing: true, text: 'Newsletter, please.' },
    });
    expect((await call('GET', '/v1/submissions')).body.data).toHaveLength(1);
  });

  it('goes on to the form’s own page where it has one', async () => {
    const { post } = await open({ redirectUrl: 'https://shop.example/thanks' });
    const answer = await post({ email: 'ada@example.com' });
    expect([answer.status, answer.headers.location]).toEqual([303, 'https://shop.example/thanks']);
  });

  it('with faults is answered with the page: what is wrong, linked, and all that was typed', async () => {
    const { post, edge } = await open({ requiredFields: ['lastName', 'consent.marketing'], consentText: 'I agree.' });
    const answer = await post({ email: 'ada@', firstName: ' Ada ', message: '\n <b>Hi</b>', color: 'red', website_url: '' }, '?embed=1');
    expect([answer.status, answer.headers['content-type']]).toEqual([422, 'text/html; charset=utf-8']);
    const page: string = answer.body;
    expect(page).toContain('<title>Error: Talk to us</title>');
    expect([...page.matchAll(/<li><a href="#([^"]*)">([^<]*)/g)].map(([, id, words]) => [id, words])).toEqual([
      ['field-1', 'Enter your last name'],
      ['field-2', 'Enter an e-mail address in the form name@example.com'],
      ['consent', 'Tick the box to agree'],
    ]);
    expect(page).toMatch(/id="field-2"[^>]* aria-invalid="true" aria-describedby="field-2-fault"[^>]* value="ada@"/);
    expect(page).toContain('value=" Ada "');
    expect(page).toContain('\n\n &lt;b&gt;Hi&lt;/b&gt;</textarea>');
    expect(page).toContain('<input type="hidden" name="color" value="red">');
    expect(page).toContain('/submissions?embed=1"');
    expect(answer.headers['content-security-policy']).toContain('frame-ancestors *');
    expect(edge.table.items('submission')).toEqual([]);
  });

  it('with neither an e-mail nor a phone number says so', async () => {
    const { post } = await open();
    expect((await post({ lastName: 'Ada' })).body).toContain('Enter an e-mail address or a phone number');
    const byPhone = await open({ requiredFields: ['phone'] });
    const { body } = await byPhone.post({ lastName: 'Ada' });
    expect([...body.matchAll(/<li><a href="#[^"]*">([^<]*)/g)].map(([, words]) => words)).toEqual(['Enter your phone number']);
  });

  it('of a robot that filled the trap is thanked for all the same, and kept apart', async () => {
    const { post, call, leadBy } = await open();
    const answer = await post({ email: 'bot@example.com', website_url: 'https://spam.example' });
    expect(answer.body).toContain('<h1>Thank you</h1>');
    expect((await call('GET', '/v1/submissions?status=spam')).body.data).toHaveLength(1);
    expect(await leadBy('bot@example.com')).toBeUndefined();
  });

  it('beyond the form’s limit keeps what was typed, and says when to come back', async () => {
    const { post } = await open({ submissionsPerMinute: 1 });
    await post({ email: 'a@example.com' });
    const answer = await post({ email: 'b@example.com' });
    expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([429, true]);
    expect(answer.body).toContain('value="b@example.com"');
  });

  it('by a program is answered with the receipt or the problem', async () => {
    const { post } = await open();
    expect((await post({ email: 'ada@example.com' }, '', { accept: '*/*' })).body).toMatchObject({ submissionId: expect.any(String) });
    expect((await post({ email: 'ada@' }, '', { accept: 'application/json' })).body.type).toBe('/problems/invalid');
  });
});
