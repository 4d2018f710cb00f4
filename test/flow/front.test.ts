import { fileURLToPath } from 'node:url';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Local, startLocal } from '#local/start-local.ts';
import { synthesize } from '#local/synthesize.ts';
import { frontHeaders } from '#runtime/front.ts';
import { exchange, type RequestOptions } from '../product.ts';

// The functions of stage prod with their policies, and without CloudFront, which this machine has not: its part is played here.
let local: Local;
let secret: string;

beforeAll(async () => {
  const { directory } = await synthesize(fileURLToPath(new URL('../..', import.meta.url)), 'prod');
  local = await startLocal({ assemblyDirectory: directory });
  const manager = new SecretsManagerClient({
    endpoint: local.awsUrl,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  secret = (await manager.send(new GetSecretValueCommand({ SecretId: 'leadline-prod-front' }))).SecretString ?? '';
  manager.destroy();
}, 180_000);
afterAll(async () => {
  await local.stop();
});

const directly = (method: string, path: string, options?: RequestOptions) => exchange(local.url, method, path, options);
const through = (method: string, path: string, { headers, ...options }: RequestOptions = {}) =>
  directly(method, path, {
    ...options,
    headers: {
      ...headers,
      [frontHeaders.secret]: secret,
      [frontHeaders.viewer]: '198.51.100.9',
      [frontHeaders.host]: 'api.leadline.example',
    },
  });

describe('stage prod', () => {
  it.each(['/health', '/docs', '/openapi.json', '/v1/leads', '/v1/deals', '/v1/nothing', '/f/form_01ARZ3NDEKTSV4RRFFQ69G5FAV'])(
    'refuses %s to who goes round CloudFront, even with a key that is good',
    async (path) => {
      const answer = await directly('GET', path, { headers: { [frontHeaders.viewer]: '198.51.100.9' } });
      expect({ status: answer.status, type: answer.body?.type }).toEqual({ status: 403, type: '/problems/not-served-directly' });
      expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    },
  );

  it('serves what comes through CloudFront, over HTTPS alone from then on', async () => {
    const health = await through('GET', '/health', { key: null });
    expect({ status: health.status, body: health.body }).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(health.headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
    expect((await through('GET', '/docs', { key: null })).status).toBe(200);
    expect((await through('GET', '/v1/deals')).status).toBe(200);
    expect((await through('GET', '/v1/deals', { key: null })).status).toBe(401);
  });

  it('takes the address of a submission, and of its limit, from CloudFront', async () => {
    const form = (await through('POST', '/v1/forms', { body: { name: 'Contact', source: 'website', submissionsPerMinute: 1 } })).body;
    const submit = (email: string, viewer: string) =>
      directly('POST', `/v1/forms/${form.id}/submissions`, {
        key: null,
        body: new URLSearchParams({ email }),
        headers: { [frontHeaders.secret]: secret, [frontHeaders.viewer]: viewer, 'x-forwarded-for': '10.0.0.1' },
      });
    const { status, body } = await submit('ada@analytical.example', '198.51.100.9');
    expect(status).toBe(202);
    expect((await through('GET', `/v1/submissions/${body.submissionId}`)).body.ip).toBe('198.51.100.9');
    expect((await submit('grace@navy.example', '198.51.100.9')).status).toBe(429);
    expect((await submit('grace@navy.example', '203.0.113.1')).status).toBe(202);
  });

  it("lets a hosted form post to itself, whose origin is CloudFront's and not the API's", async () => {
    const allowedOrigins = ['https://shop.example'];
    const form = (await through('POST', '/v1/forms', { body: { name: 'Contact', source: 'website', allowedOrigins } })).body;
    const post = (origin: string, n: number) =>
      through('POST', `/v1/forms/${form.id}/submissions`, {
        key: null,
        body: new URLSearchParams({ email: `person${n}@analytical.example` }),
        headers: { origin },
      });
    expect((await post('https://api.leadline.example', 1)).status).toBe(202);
    expect((await post('https://shop.example', 2)).status).toBe(202);
    expect((await post('https://evil.example', 3)).status).toBe(403);
  });
});
