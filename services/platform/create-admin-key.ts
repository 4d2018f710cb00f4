import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { hashOfKey } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import { readSecret } from '#runtime/secrets.ts';
import { tableClient } from '#table/client.ts';
import { createTable } from '#table/table.ts';
import { newApiKey } from './domain/api-key.ts';
import { secretBytes, secretOf } from './domain/secret.ts';
import { addApiKey } from './store.ts';

// `npm run admin-key -- --stage prod`: the first admin key of a deployed stage, made with the operator's own AWS credentials and shown once, on
// standard output alone. Further keys are made with it, at POST /v1/api-keys. The names are those that the stateful stack gives.
const { values } = parseArgs({ options: { stage: { type: 'string', default: 'dev' }, name: { type: 'string', default: 'first admin' } } });
const now = Date.now();
const secret = secretOf(values.stage, randomBytes(secretBytes));
const signingSecret = await readSecret(`leadline-${values.stage}-signing`);
const state = newApiKey(
  newId('apiKey', now),
  { name: values.name, scopes: ['admin'] },
  hashOfKey(signingSecret, secret),
  new Date(now).toISOString(),
);

await createTable({ client: tableClient(), tableName: `leadline-${values.stage}` }).commit(
  { writes: addApiKey(state) },
  { service: 'platform', actor: 'system:operator', correlationId: state.key.id, causationId: state.key.id, now: state.key.createdAt },
);
process.stdout.write(`${secret}\n`);
