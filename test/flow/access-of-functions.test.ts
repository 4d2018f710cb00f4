import { fileURLToPath } from 'node:url';
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Local, startLocal } from '#local/start-local.ts';
import { synthesize } from '#local/synthesize.ts';

let local: Local;
let tableName: string;

beforeAll(async () => {
  const { directory } = await synthesize(fileURLToPath(new URL('../..', import.meta.url)), 'local');
  local = await startLocal({ assemblyDirectory: directory });
  tableName = local.app.tables[0]?.name ?? '';
});
afterAll(async () => {
  await local.stop();
});

/** The table as a function reaches it: with the function's own credentials. */
const as = (functionName: string): DynamoDBClient => {
  const principal = [...local.principals.values()].find(({ name }) => name.endsWith(functionName));
  if (!principal) throw new Error(`no function ${functionName}`);
  const { accessKeyId, secretAccessKey } = principal;
  return new DynamoDBClient({
    endpoint: local.awsUrl,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
};

const item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'record' } });
const refused = { name: 'AccessDeniedException' };

describe("a function's access to the one table", () => {
  it("reaches its own records and is refused every write, query and scan of another service's", async () => {
    const intake = as('intake-http');
    await intake.send(new PutItemCommand({ TableName: tableName, Item: item('intake#lead#x') }));
    await expect(intake.send(new PutItemCommand({ TableName: tableName, Item: item('deals#deal#x') }))).rejects.toMatchObject(refused);
    await expect(intake.send(new ScanCommand({ TableName: tableName }))).rejects.toMatchObject(refused);
    const query = (pk: string, IndexName?: string) =>
      intake.send(
        new QueryCommand({
          TableName: tableName,
          ...(IndexName && { IndexName }),
          KeyConditionExpression: '#k = :k',
          ExpressionAttributeNames: { '#k': IndexName ? `${IndexName}pk` : 'pk' },
          ExpressionAttributeValues: { ':k': { S: pk } },
        }),
      );
    await expect(query('intake#lead#x')).resolves.toMatchObject({ Count: 1 });
    await expect(query('qualification#lead#x')).rejects.toMatchObject(refused);
    await expect(query('deals#deals#0', 'gsi1')).rejects.toMatchObject(refused);
  });

  it('reads what its declaration names of others, one record at a time, and nothing else', async () => {
    const intake = as('intake-http');
    const get = (pk: string) => intake.send(new GetItemCommand({ TableName: tableName, Key: item(pk) }));
    await expect(get('qualification#lead#x')).resolves.toBeDefined();
    await expect(get('platform#api-key#x')).resolves.toBeDefined();
    await expect(get('accounts#contact-email#x')).rejects.toMatchObject(refused);
  });

  it("is refused a transaction of which one part reaches for another service's record", async () => {
    const deals = as('deals-http');
    const put = (pk: string) => ({ Put: { TableName: tableName, Item: item(pk) } });
    await expect(
      deals.send(new TransactWriteItemsCommand({ TransactItems: [put('deals#deal#y'), put('accounts#account#y')] })),
    ).rejects.toMatchObject(refused);
    const { Item } = await deals.send(new GetItemCommand({ TableName: tableName, Key: item('deals#deal#y') }));
    expect(Item).toBeUndefined();
  });

  it('counts the use of keys where every function does, and neither reads nor removes what is counted, nor counts elsewhere', async () => {
    const intake = as('intake-http');
    const count = (pk: string, client = intake) =>
      client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: item(pk),
          UpdateExpression: 'ADD #n :one',
          ExpressionAttributeNames: { '#n': 'n' },
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
    await expect(count('usage#key#x')).resolves.toBeDefined();
    await expect(count('usage#key#x', as('deals-http'))).resolves.toBeDefined();
    await expect(count('usage#key#x', as('intake-events'))).rejects.toMatchObject(refused);
    await expect(count('platform#key#x')).rejects.toMatchObject(refused);
    await expect(count('platform#api-key#x')).rejects.toMatchObject(refused);
    await expect(intake.send(new GetItemCommand({ TableName: tableName, Key: item('usage#key#x') }))).rejects.toMatchObject(refused);
    await expect(intake.send(new DeleteItemCommand({ TableName: tableName, Key: item('usage#key#x') }))).rejects.toMatchObject(refused);
    await expect(intake.send(new PutItemCommand({ TableName: tableName, Item: item('usage#key#x') }))).rejects.toMatchObject(refused);
  });

  it('lets the relay read no record at all', async () => {
    await expect(as('relay').send(new GetItemCommand({ TableName: tableName, Key: item('intake#lead#x') }))).rejects.toMatchObject(refused);
  });
});
