import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({ env: { LEADLINE_DATA: ':memory:' } });
});
afterAll(async () => {
  await product.stop();
});

const secret = 'a secret between two';

const formOf = async (format: string) =>
  (await product.request('POST', '/v1/forms', { body: { name: format, source: format, format, signingSecret: secret } })).body;

const deliver = async (formId: string, body: string, headers: Record<string, string> = {}) =>
  await product.request('POST', `/v1/forms/${formId}/submissions`, {
    key: null,
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

const leadBy = async (email: string) => (await product.request('GET', `/v1/leads?email=${email}`)).body.data[0];

describe('a vendor’s webhook', () => {
  it('is authenticated by its bytes as they travelled, whatever letters are in them, and makes one lead however often it comes', async () => {
    const form = await formOf('typeform');
    const body = JSON.stringify({
      event_id: 'e1',
      event_type: 'form_response',
      form_response: {
        token: 't1',
        definition: { fields: [{ id: 'a', title: 'Dein Name – „ganz“ 👋', type: 'short_text', ref: 'name' }] },
        answers: [
          { type: 'text', text: 'Zoë Müller', field: { id: 'a', type: 'short_text', ref: 'name' } },
          { type: 'email', email: 'zoe@typeform.example', field: { id: 'b', type: 'email', ref: 'mail' } },
        ],
      },
    });
    const signature = { 'typeform-signature': `sha256=${createHmac('sha256', secret).update(body).digest('base64')}` };
    expect((await deliver(form.id, body)).status).toBe(401);
    expect((await deliver(form.id, `${body}\n`, signature)).status).toBe(401);
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(form.id, body, signature)));
    expect(new Set(answers.map(({ status, body: receipt }) => `${status} ${receipt.submissionId}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await leadBy('zoe@typeform.example')).toMatchObject({ firstName: 'Zoë', lastName: 'Müller', source: 'typeform', touches: 1 });
  });

  it('that is a test is kept as one, without its key', async () => {
    const form = await formOf('google-ads');
    const fixture = new URL('../../services/intake/domain/vendors/fixtures/google-ads.json', import.meta.url);
    const { payload } = JSON.parse(readFileSync(fixture, 'utf8'));
    expect((await deliver(form.id, JSON.stringify(payload))).status).toBe(401);
    expect((await deliver(form.id, JSON.stringify({ ...payload, google_key: secret }))).status).toBe(202);
    const { body } = await product.request('GET', `/v1/submissions?formId=${form.id}&status=test`);
    expect(body.data).toHaveLength(1);
    expect(JSON.stringify(body.data)).not.toContain(secret);
    expect(await leadBy('test@example.com')).toBeUndefined();
    expect(product.printed.join('\n')).not.toContain(secret);
  });

  it('of Meta begins with a handshake, whose token is told to nobody', async () => {
    const form = await formOf('meta-lead-ads');
    const path = `/v1/forms/${form.id}/submissions?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(secret)}`;
    const answer = await product.request('GET', path, { key: null });
    expect([answer.status, answer.text]).toEqual([200, '1158201444']);
    expect((await product.request('GET', path.replace('between', 'of'), { key: null })).status).toBe(401);
    expect(product.printed.join('\n')).not.toContain(encodeURIComponent(secret));
  });
});
