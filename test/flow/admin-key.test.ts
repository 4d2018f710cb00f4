import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

describe('npm run admin-key', () => {
  it("makes a key with all rights by the operator's AWS credentials and prints nothing but the key", async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['services/platform/create-admin-key.ts', '--stage', 'local'], {
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: product.awsUrl,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'operator',
        AWS_SECRET_ACCESS_KEY: 'any',
      },
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^lk_local_[0-9a-z]+\n$/);
    const { status, body } = await product.request('GET', '/v1/api-keys', { key: stdout.trim() });
    expect(status).toBe(200);
    expect(body.data).toMatchObject([{ name: 'first admin', scopes: ['admin'] }]);
  });
});
