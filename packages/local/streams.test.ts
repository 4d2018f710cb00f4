import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from './aws/engine.ts';
import { connectEngine, engineHeaders } from './aws/engine-client.ts';
import type { Engine } from './aws/types.ts';
import type { InvocationResult } from './invocation.ts';
import { at, list, parseJson, text } from './json.ts';
import type { QueueModel, StreamMappingModel } from './model.ts';
import { Queues } from './queues.ts';
import { Slots } from './slots.ts';
import { openStore } from './store.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamConsumer } from './streams.ts';
import { createTables } from './tables.ts';

const givenUp: QueueModel = {
  name: 'given-up',
  arn: 'given-up',
  url: '',
  visibilityTimeout: 30,
  delay: 0,
  retention: 86_400,
  deadLetterArn: undefined,
  maxReceiveCount: undefined,
};

describe('a stream consumer', () => {
  let engine: Engine;
  let reader: StreamReader;
  let consumer: StreamConsumer | undefined;
  let tables = 0;
  let tableName = '';

  beforeAll(async () => {
    engine = await startEngine({ dataDirectory: ':memory:', onExit: () => undefined });
    reader = new StreamReader(engine.url);
  });
  afterEach(() => consumer?.stop());
  afterAll(async () => {
    reader.close();
    await engine.stop();
  });

  const put = async (...ids: readonly string[]): Promise<void> => {
    const client = connectEngine(engine.url);
    for (const id of ids) {
      await client.send(
        engineHeaders('DynamoDB_20120810.PutItem'),
        Buffer.from(JSON.stringify({ TableName: tableName, Item: { pk: { S: id } } })),
      );
    }
    client.close();
  };

  /** Consumes a new table's stream with a function; gives the ids of each batch it was invoked with. */
  const consume = async (
    handler: (ids: readonly string[], sequenceNumbers: readonly string[]) => InvocationResult,
    mapping: Partial<StreamMappingModel>,
    ids: readonly string[],
  ): Promise<{
    readonly batches: readonly (readonly string[])[];
    readonly queues: Queues;
    readonly store: ReturnType<typeof openStore>;
    again(): Promise<void>;
  }> => {
    tables += 1;
    tableName = `table-${tables}`;
    await createTables(engine.url, [
      {
        name: tableName,
        arn: '',
        streamArn: 'arn:stream',
        ttlAttribute: undefined,
        create: {
          TableName: tableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        },
      },
    ]);
    await put(...ids);
    const store = openStore(':memory:');
    const queues = new Queues(store, [givenUp]);
    const batches: (readonly string[])[] = [];
    const again = async (): Promise<void> => {
      const started = new StreamConsumer({
        mapping: {
          id: 'm',
          functionArn: 'arn:f',
          sourceArn: 'arn:stream',
          tableName,
          batchSize: 10,
          batchWindow: 0,
          partialFailures: true,
          filters: [],
          startingPosition: 'TRIM_HORIZON',
          bisect: false,
          maximumRetries: 0,
          maximumAge: -1,
          onFailureArn: 'given-up',
          ...mapping,
        },
        reader,
        database: store,
        queues,
        slots: new Slots(() => 1),
        region: 'r',
        invoke: async (_arn, event) => {
          const records = list(at(parseJson(event), 'Records'));
          const seen = records.map((record) => text(at(record, 'dynamodb', 'NewImage', 'pk', 'S')) ?? '');
          batches.push(seen);
          return handler(
            seen,
            records.map((record) => text(at(record, 'dynamodb', 'SequenceNumber')) ?? ''),
          );
        },
      });
      consumer = started;
      started.start();
      await expect.poll(() => started.busy, { timeout: 5_000, interval: 5 }).toBe(false);
    };
    await again();
    return { batches, queues, store, again };
  };
  const ok: InvocationResult = { ok: true, payload: undefined };
  const error: InvocationResult = { ok: false, errorType: 'Error', errorMessage: 'no' };

  it('hands records over in order, in batches, those that a filter lets in', async () => {
    const { batches } = await consume(() => ok, { batchSize: 2, filters: [{ dynamodb: { NewImage: { pk: { S: [{ prefix: 'a' }] } } } }] }, [
      'a1',
      'b',
      'a2',
      'a3',
    ]);
    expect(batches).toEqual([['a1', 'a2'], ['a3']]);
  });

  it('goes on after the lowest sequence number that failed', async () => {
    let first = true;
    const { batches } = await consume(
      (_ids, numbers) => {
        if (!first) return ok;
        first = false;
        return {
          ok: true,
          payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: numbers[2] }, { itemIdentifier: numbers[1] }] }),
        };
      },
      { maximumRetries: 3 },
      ['1', '2', '3'],
    );
    expect(batches).toEqual([
      ['1', '2', '3'],
      ['2', '3'],
    ]);
  });

  it('splits a failing batch until the poison record is alone, and gives up that one only', async () => {
    const { batches, queues } = await consume((ids) => (ids.includes('bad') ? error : ok), { bisect: true, maximumRetries: 1 }, [
      '1',
      '2',
      'bad',
      '4',
    ]);
    expect(batches).toEqual([['1', '2', 'bad', '4'], ['1', '2'], ['bad', '4'], ['bad'], ['bad'], ['4']]);
    expect(queues.peek('given-up').map(({ body }) => parseJson(body))).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', functionArn: 'arn:f', approximateInvokeCount: 2 },
        DDBStreamBatchInfo: { batchSize: 1, streamArn: 'arn:stream' },
        version: '1.0',
      },
    ]);
  });

  it('goes on from its kept position after a restart', async () => {
    const { batches, again } = await consume(() => ok, {}, ['1', '2']);
    await consumer?.stop();
    await put('3');
    await again();
    expect(batches).toEqual([['1', '2'], ['3']]);
  });

  it('sees a write at once when woken', async () => {
    const { batches } = await consume(() => ok, {}, ['1']);
    await put('2');
    consumer?.wake();
    await expect.poll(() => batches.length, { interval: 1, timeout: 150 }).toBe(2);
  });
});
