import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '#local/aws/engine.ts';
import type { Item } from '#table/item.ts';
import { differencesOf } from './all.ts';
import { readItems } from './read-items.ts';

// `npm run verify [-- <data directory>]`: recomputes every counter, lock and link from the records and reports what differs. Leadline must be stopped, and have
// handled its events: what a queue still holds is not counted yet.
const directory = resolve(process.argv[2] ?? process.env.LEADLINE_DATA ?? '.leadline');
if (!existsSync(directory)) {
  process.stderr.write(`verify: there is no ${directory}.\n`);
  process.exit(2);
}

const readAll = async (): Promise<Item[]> => {
  const engine = await startEngine({
    dataDirectory: directory,
    onExit: (error) => {
      throw error;
    },
  });
  const credentials = { accessKeyId: 'verify', secretAccessKey: 'verify' };
  const client = new DynamoDBClient({ endpoint: engine.url, region: 'us-east-1', credentials });
  try {
    return await readItems(client, 'leadline-local');
  } finally {
    client.destroy();
    await engine.stop();
  }
};

const items = await readAll();
const counters = items.filter(({ kind }) => /-counters?$|^number$|^funnel$/.test(kind)).length;
const differences = differencesOf(items);
for (const { pk, sk, name, stored, recomputed } of differences) {
  process.stdout.write(`${pk} ${sk}: ${name} is ${stored}, the records say ${recomputed}\n`);
}
process.stdout.write(`${items.length} items, ${counters} rows of counters, ${differences.length} differences.\n`);
process.exitCode = differences.length === 0 ? 0 : 1;
