import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { item, ownPrefix, principal, type Running, start, TABLE, TABLE_ARN } from './fixtures.ts';

const intake = principal('intake-http', ownPrefix('intake'));
const reader = principal(
  'deals-http',
  ownPrefix('deals'),
  {
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:ConditionCheckItem'],
    Resource: TABLE_ARN,
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['intake#lead#*', 'deals#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  },
  { Effect: 'Deny', Action: 'dynamodb:DeleteItem', Resource: '*' },
);

let running: Running;
let developer: DynamoDBClient;
let own: DynamoDBClient;
let foreign: DynamoDBClient;

beforeAll(async () => {
  running = await start([intake, reader]);
  developer = new DynamoDBClient(running.config());
  own = new DynamoDBClient(running.config(intake));
  foreign = new DynamoDBClient(running.config(reader));
});

afterAll(() => running.stop());

beforeEach(() => {
  running.written.length = 0;
  running.denied.length = 0;
});

const put = (pk: string, sk?: string) => ({ Put: { TableName: TABLE, Item: item(pk, sk) } });
const byKey = (pk: string) => ({
  TableName: TABLE,
  KeyConditionExpression: '#p = :p',
  ExpressionAttributeNames: { '#p': 'pk' },
  ExpressionAttributeValues: { ':p': { S: pk } },
});
const byIndex = (list: string) => ({
  TableName: TABLE,
  IndexName: 'gsi1',
  KeyConditionExpression: 'gsi1pk = :l AND begins_with(gsi1sk, :s)',
  ExpressionAttributeValues: { ':l': { S: list }, ':s': { S: 'x' } },
});

describe('IAM', () => {
  test.each([
    ['GetItem', () => new GetItemCommand({ TableName: TABLE, Key: item('intake#1') })],
    ['PutItem', () => new PutItemCommand({ TableName: TABLE, Item: item('intake#1') })],
    ['UpdateItem', () => new UpdateItemCommand({ TableName: TABLE, Key: item('intake#1') })],
    ['BatchGetItem', () => new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [item('intake#1'), item('intake#2')] } } })],
    ['BatchWriteItem', () => new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ PutRequest: { Item: item('intake#1') } }] } })],
    ['Query', () => new QueryCommand(byKey('intake#1'))],
    ['Query of an index', () => new QueryCommand(byIndex('intake#list'))],
    ['TransactWriteItems', () => new TransactWriteItemsCommand({ TransactItems: [put('intake#3'), put('intake#4')] })],
    ['TransactGetItems', () => new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: TABLE, Key: item('intake#3') } }] })],
    ['a table named by its ARN', () => new GetItemCommand({ TableName: TABLE_ARN, Key: item('intake#1') })],
    ['a batch that names its table by ARN', () => new BatchGetItemCommand({ RequestItems: { [TABLE_ARN]: { Keys: [item('intake#1')] } } })],
  ])('lets a function reach its own prefix: %s', async (_, command) => {
    await own.send(command() as GetItemCommand);
  });

  test.each([
    ['dynamodb:GetItem', () => new GetItemCommand({ TableName: TABLE, Key: item('deals#1') })],
    ['dynamodb:PutItem', () => new PutItemCommand({ TableName: TABLE, Item: item('deals#1') })],
    ['dynamodb:BatchGetItem', () => new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [item('intake#1'), item('deals#1')] } } })],
    [
      'dynamodb:BatchWriteItem',
      () => new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ DeleteRequest: { Key: item('deals#1') } }] } }),
    ],
    ['dynamodb:Query', () => new QueryCommand(byKey('deals#1'))],
    ['dynamodb:Query', () => new QueryCommand(byIndex('deals#list'))],
    ['dynamodb:Scan', () => new ScanCommand({ TableName: TABLE })],
    ['dynamodb:PutItem', () => new TransactWriteItemsCommand({ TransactItems: [put('intake#3'), put('deals#4')] })],
    [
      'dynamodb:ConditionCheckItem',
      () =>
        new TransactWriteItemsCommand({
          TransactItems: [
            put('intake#3'),
            { ConditionCheck: { TableName: TABLE, Key: item('deals#4'), ConditionExpression: 'attribute_exists(pk)' } },
          ],
        }),
    ],
    ['dynamodb:GetItem', () => new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: TABLE, Key: item('deals#3') } }] })],
    ['dynamodb:PartiQLSelect', () => new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TABLE}" WHERE pk = 'deals#1'` })],
    ['dynamodb:DescribeTable', () => new DescribeTableCommand({ TableName: TABLE })],
  ])("refuses a function another's prefix: %s", async (action, command) => {
    const refusal = await own.send(command() as GetItemCommand).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        `User: arn:aws:sts::000000000000:assumed-role/intake-http/intake-http is not authorized to perform: ${action} on resource: arn:aws:dynamodb:eu-central-1:000000000000:table/leadline`,
      ),
      $metadata: { httpStatusCode: 400 },
    });
    expect(running.denied).toHaveLength(1);
  });

  test('lets a declared foreign read pass, a foreign write or query not', async () => {
    await foreign.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#lead#1') }));
    await foreign.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          put('deals#1'),
          { ConditionCheck: { TableName: TABLE, Key: item('intake#lead#none'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ],
      }),
    );
    await expect(foreign.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#lead#1') }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(foreign.send(new QueryCommand(byKey('intake#lead#1')))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('names the keys to the runtime, though not to the function', async () => {
    const refusal = await own
      .send(new PutItemCommand({ TableName: TABLE, Item: item('deals#9') }))
      .catch((error: unknown) => String(error));
    expect(refusal).not.toContain('deals#9');
    expect(running.denied[0]).toContain('(leading keys: deals#9)');
  });

  test("lets the developer's tools do everything, whatever the region", async () => {
    await developer.send(new PutItemCommand({ TableName: TABLE, Item: item('anything') }));
    const abroad = new DynamoDBClient({ ...running.config(), region: 'us-west-2' });
    expect((await abroad.send(new ListTablesCommand({}))).TableNames).toEqual([TABLE]);
  });

  test('wants credentials, as AWS does', async () => {
    const answer = await fetch(running.endpoints.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'com.amazon.coral.service#MissingAuthenticationTokenException' });
  });
});

describe('Overlapping transactions', () => {
  const outcome = async (sent: Promise<unknown>) =>
    sent.then(
      () => 'done',
      (error: { name: string }) => error,
    );

  test('are cancelled with the items that conflict', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        outcome(own.send(new TransactWriteItemsCommand({ TransactItems: [put(`intake#a${index}`), put('intake#shared')] }))),
      ),
    );
    expect(results).toContain('done');
    const cancelled = results.filter((result) => result !== 'done');
    expect(cancelled.length).toBeGreaterThan(0);
    for (const error of cancelled) {
      expect(error).toMatchObject({
        name: 'TransactionCanceledException',
        message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict]',
        CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }],
      });
    }
  });

  test('all get through in the end when they are retried, and none twice', async () => {
    const increment = async (): Promise<void> => {
      const Update = {
        TableName: TABLE,
        Key: item('intake#counter'),
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      };
      const result = await outcome(own.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] })));
      return result === 'done' ? undefined : increment();
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    const { Item } = await own.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#counter') }));
    expect(Item?.n).toEqual({ N: '12' });
  });

  test('refuse plain writes, and hand batches what they could not write back', async () => {
    const items = Array.from({ length: 50 }, (_, index) => put(`intake#busy${index}`));
    const [, plain, batch] = await Promise.all([
      own.send(new TransactWriteItemsCommand({ TransactItems: items })),
      outcome(own.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#busy0') }))),
      own.send(
        new BatchWriteItemCommand({
          RequestItems: { [TABLE]: [{ PutRequest: { Item: item('intake#busy1') } }, { PutRequest: { Item: item('intake#free') } }] },
        }),
      ),
    ]);
    expect(plain).toMatchObject({ name: 'TransactionConflictException', message: 'Transaction is ongoing for the item' });
    expect(batch.UnprocessedItems).toEqual({ [TABLE]: [{ PutRequest: { Item: item('intake#busy1') } }] });
    expect((await own.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#free') }))).Item).toBeDefined();
  });
});

describe('What passes through', () => {
  test('tells of every write that was applied, and of nothing else', async () => {
    await own.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#w') }));
    await own.send(new TransactWriteItemsCommand({ TransactItems: [put('intake#w1'), put('intake#w2')] }));
    expect(running.written).toEqual([TABLE, TABLE]);
    await own.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#w') }));
    await expect(
      own.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#w'), ConditionExpression: 'attribute_not_exists(pk)' })),
    ).rejects.toThrow();
    expect(running.written).toHaveLength(2);
  });

  test("has our region in every ARN, the stream's too, and streams can be read by these ARNs", async () => {
    const { Table } = await developer.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table?.TableArn).toBe(TABLE_ARN);
    expect(Table?.GlobalSecondaryIndexes?.[0]?.IndexArn).toBe(`${TABLE_ARN}/index/gsi1`);
    const streams = new DynamoDBStreamsClient(running.config());
    const StreamArn = (await streams.send(new ListStreamsCommand({ TableName: TABLE }))).Streams?.[0]?.StreamArn;
    expect(StreamArn).toBe(Table?.LatestStreamArn);
    expect(StreamArn?.startsWith(`${TABLE_ARN}/stream/`)).toBe(true);
    const ShardId = (await streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription?.Shards?.[0]?.ShardId;
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records?.[0]).toMatchObject({ awsRegion: 'eu-central-1', eventSource: 'aws:dynamodb' });
  });

  test("keeps the engine's errors as they are", async () => {
    const failing = own.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: 'intake#bad' } } }));
    await expect(failing).rejects.toMatchObject({ name: 'ValidationException' });
    const authorization = 'AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
    const headers = { 'x-amz-target': 'DynamoDB_20120810.PutItem', authorization };
    const answer = await fetch(running.endpoints.url, { method: 'POST', headers, body: '{' });
    expect(await answer.json()).toMatchObject({ __type: 'com.amazon.coral.service#SerializationException' });
  });

  test('answers 500 when the engine is gone', async () => {
    const other = await start([intake]);
    const client = new DynamoDBClient(other.config());
    await other.engine.stop();
    await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'InternalServerError',
      $metadata: { httpStatusCode: 500 },
    });
    await other.stop();
  });
});
