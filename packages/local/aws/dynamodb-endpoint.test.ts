import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
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
import { startAwsEndpoints } from './endpoints.ts';
import { item, ownPrefix, PLACE, principal, type Running, start, TABLE, TABLE_ARN } from './fixtures.ts';
import { openSecrets } from './secrets.ts';
import type { AwsEndpoints } from './types.ts';

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
    ['GetItem', (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#1') }))],
    ['PutItem', (client: DynamoDBClient) => client.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#1') }))],
    ['UpdateItem', (client: DynamoDBClient) => client.send(new UpdateItemCommand({ TableName: TABLE, Key: item('intake#1') }))],
    [
      'BatchGetItem',
      (client: DynamoDBClient) =>
        client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [item('intake#1'), item('intake#2')] } } })),
    ],
    [
      'BatchWriteItem',
      (client: DynamoDBClient) =>
        client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ PutRequest: { Item: item('intake#1') } }] } })),
    ],
    ['Query', (client: DynamoDBClient) => client.send(new QueryCommand(byKey('intake#1')))],
    ['Query of an index', (client: DynamoDBClient) => client.send(new QueryCommand(byIndex('intake#list')))],
    [
      'TransactWriteItems',
      (client: DynamoDBClient) => client.send(new TransactWriteItemsCommand({ TransactItems: [put('intake#3'), put('intake#4')] })),
    ],
    [
      'TransactGetItems',
      (client: DynamoDBClient) =>
        client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: TABLE, Key: item('intake#3') } }] })),
    ],
    [
      'a table named by its ARN',
      (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: TABLE_ARN, Key: item('intake#1') })),
    ],
    [
      'a batch that names its table by ARN',
      (client: DynamoDBClient) => client.send(new BatchGetItemCommand({ RequestItems: { [TABLE_ARN]: { Keys: [item('intake#1')] } } })),
    ],
  ])('lets a function reach its own prefix: %s', async (_, send) => {
    await send(own);
  });

  test.each([
    ['dynamodb:GetItem', (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: TABLE, Key: item('deals#1') }))],
    ['dynamodb:PutItem', (client: DynamoDBClient) => client.send(new PutItemCommand({ TableName: TABLE, Item: item('deals#1') }))],
    [
      'dynamodb:BatchGetItem',
      (client: DynamoDBClient) =>
        client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [item('intake#1'), item('deals#1')] } } })),
    ],
    [
      'dynamodb:BatchWriteItem',
      (client: DynamoDBClient) =>
        client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: [{ DeleteRequest: { Key: item('deals#1') } }] } })),
    ],
    ['dynamodb:Query', (client: DynamoDBClient) => client.send(new QueryCommand(byKey('deals#1')))],
    ['dynamodb:Query', (client: DynamoDBClient) => client.send(new QueryCommand(byIndex('deals#list')))],
    ['dynamodb:Scan', (client: DynamoDBClient) => client.send(new ScanCommand({ TableName: TABLE }))],
    [
      'dynamodb:PutItem',
      (client: DynamoDBClient) => client.send(new TransactWriteItemsCommand({ TransactItems: [put('intake#3'), put('deals#4')] })),
    ],
    [
      'dynamodb:ConditionCheckItem',
      (client: DynamoDBClient) =>
        client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              put('intake#3'),
              { ConditionCheck: { TableName: TABLE, Key: item('deals#4'), ConditionExpression: 'attribute_exists(pk)' } },
            ],
          }),
        ),
    ],
    [
      'dynamodb:GetItem',
      (client: DynamoDBClient) =>
        client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: TABLE, Key: item('deals#3') } }] })),
    ],
    [
      'dynamodb:PartiQLSelect',
      (client: DynamoDBClient) => client.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TABLE}" WHERE pk = 'deals#1'` })),
    ],
    ['dynamodb:DescribeTable', (client: DynamoDBClient) => client.send(new DescribeTableCommand({ TableName: TABLE }))],
  ])("refuses a function another's prefix: %s", async (action, send) => {
    const refusal = await send(own).catch((error: unknown) => error);
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
  /** Stands between endpoint and engine, and holds transactions back until they are let go. */
  let gate: Server;
  let endpoints: AwsEndpoints;
  let client: DynamoDBClient;
  let release = () => {};
  let arrived: Promise<void>;

  beforeAll(async () => {
    let open = Promise.resolve();
    let arrive = () => {};
    const hold = () => {
      open = new Promise((resolve) => {
        release = resolve;
      });
      arrived = new Promise((resolve) => {
        arrive = resolve;
      });
    };
    hold();
    const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const body = await buffer(incoming);
      if (incoming.headers['x-amz-target'] === 'DynamoDB_20120810.TransactWriteItems') {
        arrive();
        await open;
        hold();
      }
      const { host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers;
      const passed = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
      const answer = await fetch(running.engine.url, { method: 'POST', headers: passed, body });
      outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await answer.text());
    };
    gate = createServer((incoming, outgoing) => {
      void pass(incoming, outgoing);
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const address = gate.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    endpoints = await startAwsEndpoints({
      ...PLACE,
      port: 0,
      engine: { url },
      principals: () => new Map(),
      buses: [],
      publish: () => {},
      secrets: openSecrets(':memory:', []),
    });
    client = new DynamoDBClient({ ...running.config(), endpoint: endpoints.url });
  });

  afterAll(async () => {
    await endpoints.stop();
    await new Promise((resolve) => gate.close(resolve));
  });

  /** What happens to a request while a transaction on `intake#1` and `intake#2` is in flight. */
  async function meanwhile<T>(send: () => Promise<T>): Promise<unknown> {
    const first = client.send(
      new TransactWriteItemsCommand({ ClientRequestToken: 'first', TransactItems: [put('intake#1'), put('intake#2')] }),
    );
    await arrived;
    const outcome = await send().catch((error: unknown) => error);
    release();
    await first;
    return outcome;
  }

  test('are cancelled, with the items that conflict', async () => {
    const error = await meanwhile(() => client.send(new TransactWriteItemsCommand({ TransactItems: [put('intake#3'), put('intake#2')] })));
    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict]',
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }],
    });
  });

  test('with the same token are told that it is in progress', async () => {
    const again = () =>
      client.send(new TransactWriteItemsCommand({ ClientRequestToken: 'first', TransactItems: [put('intake#1'), put('intake#2')] }));
    expect(await meanwhile(again)).toMatchObject({ name: 'TransactionInProgressException' });
  });

  test('that only read are cancelled too, plain reads are not', async () => {
    const Get = { TableName: TABLE, Key: item('intake#1') };
    expect(await meanwhile(() => client.send(new TransactGetItemsCommand({ TransactItems: [{ Get }] })))).toMatchObject({
      name: 'TransactionCanceledException',
    });
    expect(await meanwhile(() => client.send(new GetItemCommand(Get)))).toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });

  test('refuse plain writes', async () => {
    const error = await meanwhile(() => client.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#1') })));
    expect(error).toMatchObject({ name: 'TransactionConflictException', message: 'Transaction is ongoing for the item' });
  });

  test('hand batches back what they could not write', async () => {
    const requests = ['intake#2', 'intake#free'].map((pk) => ({ PutRequest: { Item: item(pk) } }));
    const batch = await meanwhile(() => client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } })));
    expect(batch).toMatchObject({ UnprocessedItems: { [TABLE]: [requests[0]] } });
    expect((await client.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#free') }))).Item).toBeDefined();
  });

  test('all get through in the end when they are retried, and none twice', async () => {
    const increment = async (): Promise<void> => {
      const Update = {
        TableName: TABLE,
        Key: item('intake#counter'),
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      };
      const done = await own.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] })).then(
        () => true,
        () => false,
      );
      return done ? undefined : increment();
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    const { Item } = await own.send(new GetItemCommand({ TableName: TABLE, Key: item('intake#counter') }));
    expect(Item).toMatchObject({ n: { N: '12' } });
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
