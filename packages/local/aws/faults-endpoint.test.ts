import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, expect, test } from 'vitest';
import { parseFaults } from './faults.ts';
import { BUS, item, ownPrefix, principal, type Running, start, TABLE } from './fixtures.ts';

const intake = principal('intake-http', ownPrefix('intake'), { Effect: 'Allow', Action: 'events:PutEvents', Resource: BUS.arn });

let running: Running | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function faulty(text: string): Promise<{ own: DynamoDBClient; developer: DynamoDBClient; bus: EventBridgeClient; running: Running }> {
  const faults = parseFaults(text);
  running = await start([intake], faults === undefined ? {} : { faults });
  return {
    running,
    own: new DynamoDBClient(running.config(intake)),
    developer: new DynamoDBClient(running.config()),
    bus: new EventBridgeClient({ endpoint: running.endpoints.url, region: 'eu-central-1', credentials: intake, maxAttempts: 1 }),
  };
}

const PUT = new PutItemCommand({ TableName: TABLE, Item: item('intake#1') });
const TRANSACTION = new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: TABLE, Item: item('intake#1') } }] });
const GET = new GetItemCommand({ TableName: TABLE, Key: item('intake#1') });
const LIST = {
  TableName: TABLE,
  IndexName: 'gsi1',
  KeyConditionExpression: 'gsi1pk = :l',
  ExpressionAttributeValues: { ':l': { S: 'intake#list' } },
};
const EVENTS = new PutEventsCommand({
  Entries: [1, 2].map(() => ({ EventBusName: BUS.name, Source: 'leadline.intake', DetailType: 'X', Detail: '{}' })),
});

test('Throttled calls fail with one of the errors that AWS throttles with, and change nothing', async () => {
  const { own, developer } = await faulty('throttle=1');
  const names = new Set<string>();
  for (let index = 0; index < 20; index++) {
    const sent = index % 2 === 0 ? own.send(PUT) : own.send(TRANSACTION);
    const error = await sent.catch((caught: Error) => caught);
    names.add(error instanceof Error ? error.name : 'none');
  }
  expect([...names].sort()).toEqual(['ProvisionedThroughputExceededException', 'ThrottlingException', 'TransactionCanceledException']);
  expect((await developer.send(GET)).Item).toBeUndefined();
});

test('A failure before the write leaves nothing, one after it leaves the write', async () => {
  const before = await faulty('before=1');
  await expect(before.own.send(PUT)).rejects.toMatchObject({ name: 'InternalServerError', $metadata: { httpStatusCode: 500 } });
  expect((await before.developer.send(GET)).Item).toBeUndefined();
  expect(before.running.written).toEqual([]);
  await before.running.stop();

  const after = await faulty('after=1');
  await expect(after.own.send(PUT)).rejects.toMatchObject({ name: 'InternalServerError', $metadata: { httpStatusCode: 500 } });
  expect((await after.developer.send(GET)).Item).toBeDefined();
  expect(after.running.written).toEqual([TABLE]);
});

test('A stale index hides what is new and shows what changed as it was, to functions alone', async () => {
  const { own, developer } = await faulty('stale=1');
  await developer.send(new PutItemCommand({ TableName: TABLE, Item: { ...item('intake#old', 'record', 'intake#list'), rev: { N: '1' } } }));
  expect((await own.send(new QueryCommand(LIST))).Items).toEqual([]);
  expect((await developer.send(new QueryCommand(LIST))).Items).toHaveLength(1);
  await expect.poll(async () => (await own.send(new QueryCommand(LIST))).Count, { timeout: 5_000, interval: 20 }).toBe(1);

  await own.send(new PutItemCommand({ TableName: TABLE, Item: { ...item('intake#old', 'record', 'intake#list'), rev: { N: '2' } } }));
  const stale = await own.send(new QueryCommand(LIST));
  expect(stale.Items?.map((each) => each.rev?.N)).toEqual(['1']);
  expect((await developer.send(new QueryCommand(LIST))).Items?.map((each) => each.rev?.N)).toEqual(['2']);
});

test('Events fail whole or in part when throttled, and may be published although the answer says otherwise', async () => {
  const { bus, running: throttled } = await faulty('throttle=1');
  const seen = new Set<string>();
  for (let index = 0; index < 20; index++) {
    const answer = await bus.send(EVENTS).catch((error: Error) => error);
    seen.add(answer instanceof Error ? answer.name : `${answer.FailedEntryCount} failed: ${answer.Entries?.[0]?.ErrorCode}`);
  }
  expect([...seen].sort()).toEqual(['1 failed: ThrottlingException', 'ThrottlingException']);
  await throttled.stop();

  const after = await faulty('after=1');
  await expect(after.bus.send(EVENTS)).rejects.toMatchObject({ name: 'InternalException' });
  expect(after.running.published).toHaveLength(2);
});

test('The same seed gives the same outcomes call by call', async () => {
  const outcomes = async () => {
    const { own, running: current } = await faulty('seed=5,throttle=0.3,before=0.2,after=0.2');
    const names: string[] = [];
    for (let index = 0; index < 30; index++) {
      names.push(
        await own.send(PUT).then(
          () => 'done',
          (error: Error) => error.name,
        ),
      );
    }
    await current.stop();
    return names;
  };
  const first = await outcomes();
  expect(new Set(first).size).toBeGreaterThan(2);
  expect(await outcomes()).toEqual(first);
});
