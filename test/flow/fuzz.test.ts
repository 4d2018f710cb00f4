import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { functionsOf } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { fuzz } from '../fuzz/run.ts';
import { keysOf } from '../iam/keys.ts';
import { type Product, startProduct } from '../product.ts';

// FUZZ_SEED=<number> tries others, FUZZ_OPERATION=<operationId> those of one operation alone.
const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);
const requests = Number(process.env.FUZZ_REQUESTS ?? 5_000);
const only = process.env.FUZZ_OPERATION?.split(',');

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

it('answers hostile requests as its document says, without failing and without a word of its inside', { timeout: 240_000 }, async () => {
  const report = await fuzz(product, { seed, requests, ...(only && { only }) });
  const said = `fuzz: ${report.requests} requests in ${report.seconds.toFixed(1)} s, seed ${seed}: ${JSON.stringify(report.statuses)}`;
  process.stdout.write(`${said}\n`);
  expect(report.failures.join('\n\n')).toBe('');
  expect(report.requests).toBeGreaterThanOrEqual(requests);
  expect(product.printed.filter((line) => /\berror {2}|denied|warning/.test(line))).toEqual([]);
  expect((await product.request('GET', '/v1/admin/dead-letters')).body.data).toEqual([]);
});

it('wrote no key but those that the code was found to form, which the policies are held to', async () => {
  const formed = await Promise.all(services.flatMap(functionsOf).map(keysOf));
  const beginnings = [...new Set(formed.flatMap(({ keys }) => [...keys]))];
  const client = new DynamoDBClient({
    endpoint: product.awsUrl,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const { TableNames: [TableName] = [] } = await client.send(new ListTablesCommand({}));
  const unknown = new Set<string>();
  let items = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) {
      items += 1;
      for (const name of ['pk', 'gsi1pk', 'gsi2pk', 'gsi3pk']) {
        const key = item[name]?.S;
        if (key !== undefined && !beginnings.some((beginning) => key.startsWith(beginning))) unknown.add(key);
      }
    }
  }
  client.destroy();
  expect(items).toBeGreaterThan(100);
  expect([...unknown]).toEqual([]);
});
