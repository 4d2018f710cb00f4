import type { DatabaseSync } from 'node:sqlite';
import { apiKeyItem, apiKeyKey, hashOfKey } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import { connectEngine, engineHeaders } from './aws/engine-client.ts';
import { isObject, type Json, type JsonObject, list } from './json.ts';

/** A value in DynamoDB's wire form. */
const attribute = (value: Json): JsonObject => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  return isObject(value) ? { M: attributes(value) } : { L: list(value).map(attribute) };
};
const attributes = (item: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, attribute(value)]])));

export interface AdminKeyOptions {
  readonly engineUrl: string;
  readonly database: DatabaseSync;
  readonly tableName: string;
  readonly signingSecret: string;
  readonly key: string;
}

/**
 * Makes the local runtime's API key with all rights, under the hash that the functions look it up by. One that an earlier start made with
 * another key is taken away. It exists in the local runtime alone.
 */
export const seedAdminKey = async ({ engineUrl, database, tableName, signingSecret, key }: AdminKeyOptions): Promise<void> => {
  database.exec('CREATE TABLE IF NOT EXISTS admin_key (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), hash TEXT NOT NULL)');
  const hash = hashOfKey(signingSecret, key);
  const earlier = database.prepare('SELECT hash FROM admin_key').get()?.hash;
  const client = connectEngine(engineUrl);
  const call = async (operation: string, input: JsonObject, expected?: string): Promise<void> => {
    const reply = await client.send(engineHeaders(`DynamoDB_20120810.${operation}`), Buffer.from(JSON.stringify(input)));
    const said = reply.body.toString('utf8');
    if (reply.status !== 200 && !(expected !== undefined && said.includes(expected)))
      throw new Error(`The DynamoDB engine refused ${operation}: ${said}`);
  };
  try {
    const now = Date.now();
    const record = { id: newId('apiKey', now), name: 'local admin', scopes: ['admin'], createdAt: new Date(now).toISOString() };
    const { pk, sk, kind } = apiKeyItem({ key, secret: signingSecret, record });
    const put = {
      TableName: tableName,
      Item: attributes({ pk, sk, kind, rev: 1, data: record }),
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    await call('PutItem', put, 'ConditionalCheckFailedException');
    if (typeof earlier === 'string' && earlier !== hash) {
      const { pk: oldPk, sk: oldSk } = apiKeyKey(earlier);
      await call('DeleteItem', { TableName: tableName, Key: attributes({ pk: oldPk, sk: oldSk }) });
    }
    database.prepare('INSERT OR REPLACE INTO admin_key VALUES (1, ?)').run(hash);
  } finally {
    client.close();
  }
};
