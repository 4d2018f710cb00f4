import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ImportAdvanced } from '#contracts/events/intake.ts';
import { connectEngine, engineHeaders } from '#local/aws/engine-client.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import { serveIntake } from '#services/intake/api.ts';
import { tableClient } from '#table/client.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { busEvent, client, queueEvent, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { eventually, startProduct } from '../product.ts';
import { startCapacityMeter } from './capacity-meter.ts';
import { type Figure, figure } from './figures.ts';
import { processorFigure, processorTime } from './way-to-deal.ts';

const run = promisify(execFile);

const fileOf = (rows: number): string =>
  [
    'First Name,Last Name,Email,Company,Phone,Title,Budget',
    ...Array.from(
      { length: rows },
      (_, i) =>
        `Ada,Lovelace ${i},p${i}@company${i}.example,Company ${i} Ltd,+44 20 7946 ${String(i % 10_000).padStart(4, '0')},Head of Operations,${i}`,
    ),
  ].join('\n');

const headers = { 'content-type': 'text/csv' };

/** A trade show's list from the answer 202 to the last row, with what follows from each lead under way besides. */
const importRate = async (rows: number): Promise<Figure[]> => {
  const product = await startProduct({ env: { LEADLINE_DATA: ':memory:' } });
  try {
    const begun = performance.now();
    const { body } = await product.request('POST', '/v1/imports', { body: fileOf(rows), headers });
    const accepted = performance.now();
    const before = processorTime(product);
    const done = await eventually(
      () => product.request('GET', `/v1/imports/${body.id}`),
      (answer) => answer.body.status === 'done',
      600,
      100,
    );
    const seconds = (performance.now() - accepted) / 1000;
    const after = processorTime(product);
    if (done.body.created !== rows) throw new Error(`${done.body.created} of ${rows} rows became leads`);
    return [
      figure(`an import of ${rows} rows: accepted in`, accepted - begun, 'ms'),
      figure(`an import of ${rows} rows: worked off`, rows / seconds, 'rows/s', { atLeast: 400 }),
      ...processorFigure('a row: processor time, with the events handled meanwhile', before, after, rows),
    ];
  } finally {
    await product.stop();
  }
};

/** What Lambda sets, and what the template gives. */
const environmentOf = (endpoint: string, tableName: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_EC2_METADATA_DISABLED: 'true',
  SERVICE: 'intake',
  STAGE: 'local',
  TABLE_NAME: tableName,
  SIGNING_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:bench',
  BUS_NAME: 'bench',
  POWERTOOLS_SERVICE_NAME: 'intake',
  POWERTOOLS_METRICS_NAMESPACE: 'Leadline',
  POWERTOOLS_LOG_LEVEL: 'CRITICAL',
});

/** The function of the bundle in a process of its own, which says how much memory it took, all told. */
const worker = `
  const { handler } = await import(process.argv[1]);
  const context = { getRemainingTimeInMillis: () => 60_000, functionName: 'bench', awsRequestId: 'bench' };
  const { batchItemFailures } = await handler(JSON.parse(process.argv[2]), context);
  process.stderr.write(JSON.stringify({ failed: batchItemFailures.length, mebibytes: process.resourceUsage().maxRSS / 1024 }));
`;

interface AloneOptions {
  readonly engine: TestTable;
  readonly endpoint: string;
  readonly rows: number;
}

/** Accepts a file and has it worked off by the function alone, without product and events; the most memory that took, in MiB. */
const workOffAlone = async ({ engine, endpoint, rows }: AloneOptions): Promise<number> => {
  const table = engine.open({
    client: tableClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }),
  });
  const now = new Date().toISOString();
  const record = { id: newId('apiKey', Date.now()), name: 'bench', scopes: ['admin'], createdAt: now };
  await table.commit(
    { writes: [{ op: 'put', item: apiKeyItem({ key: testKey, secret: testSecret, record }) }] },
    { service: 'platform', actor: 'system:bench', correlationId: 'bench', causationId: 'bench', now },
  );
  const edge = { table, signingSecret: async () => testSecret, now: Date.now, random: Math.random, sleep: async () => undefined };
  const call = client(serveIntake(edge));
  const { body } = await call('POST', '/v1/imports', { body: fileOf(rows), headers });
  const bundle = fileURLToPath(new URL('../../.build/functions/intake-events/index.mjs', import.meta.url));
  let most = 0;
  for (let go = 1; ; go += 1) {
    const data = { importId: body.id, run: go };
    const event = queueEvent([busEvent({ source: 'intake', contract: ImportAdvanced, subject: body.id, sequence: go, data })]);
    const { stderr } = await run(process.execPath, ['--input-type=module', '-e', worker, bundle, JSON.stringify(event)], {
      env: environmentOf(endpoint, engine.tableName),
    });
    const { failed, mebibytes }: { failed: number; mebibytes: number } = JSON.parse(stderr);
    if (failed > 0) throw new Error('a go at the import failed');
    most = Math.max(most, mebibytes);
    const { status } = (await call('GET', `/v1/imports/${body.id}`)).body;
    if (status === 'done') return most;
  }
};

/** What the engine alone makes of the very transactions of an import, one after another over one connection: nothing can be faster on it. */
const engineAlone = async (rows: number): Promise<Figure[]> => {
  const engine = await openTestTable();
  const meter = await startCapacityMeter(engine.url, { keepsTransactions: true });
  try {
    await workOffAlone({ engine, endpoint: meter.url, rows });
  } finally {
    meter.stop();
    await engine.stop();
  }
  const fresh = await openTestTable();
  const connection = connectEngine(fresh.url);
  try {
    const bodies = meter.transactions.map((body) => Buffer.from(body.replaceAll(engine.tableName, fresh.tableName)));
    const begun = performance.now();
    for (const body of bodies) {
      const { status } = await connection.send(engineHeaders('DynamoDB_20120810.TransactWriteItems'), body);
      if (status !== 200) throw new Error(`the engine answered ${status}`);
    }
    return [figure('the engine alone, with the same transactions', rows / ((performance.now() - begun) / 1000), 'rows/s')];
  } finally {
    connection.close();
    await fresh.stop();
  }
};

const workerMemory = async (rows: number): Promise<Figure[]> => {
  const engine = await openTestTable();
  try {
    const mebibytes = await workOffAlone({ engine, endpoint: engine.url, rows });
    return [figure(`the worker of an import of ${rows} rows: memory at most`, mebibytes, 'MiB', { atMost: 256 })];
  } finally {
    await engine.stop();
  }
};

/** Imports: how fast, what bounds that, and what memory they take. */
export const imports = async (rows = 10_000): Promise<Figure[]> => [
  ...(await importRate(rows)),
  ...(await engineAlone(3_000)),
  ...(await workerMemory(rows)),
];
