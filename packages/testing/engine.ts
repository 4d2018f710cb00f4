import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { serviceNames } from '#contracts/core/event.ts';
import { startEngine } from '#local/aws/engine.ts';
import type { Edge } from '#runtime/edge.ts';
import { tableClient } from '#table/client.ts';
import type { Draft } from '#table/item.ts';
import { ownerOf } from '#table/keys.ts';
import { createTable, type Table, type TableOptions } from '#table/table.ts';
import { keyItem } from './requests.ts';
import { type TestClock, testClock, testSecret } from './unit.ts';

const indexNames = ['gsi1', 'gsi2', 'gsi3'] as const;
const keySchema = (name: string) => [
  { AttributeName: `${name}pk`, KeyType: 'HASH' as const },
  { AttributeName: `${name}sk`, KeyType: 'RANGE' as const },
];

/** The real engine with one empty table like the deployed one (keys, indexes, stream). */
export interface TestTable {
  readonly url: string;
  readonly tableName: string;
  readonly client: DynamoDBClient;
  /** Another view of the same table: an own clock, jitter, client. */
  open(options?: Partial<TableOptions>): Table;
  /** Another client, which the caller need not destroy. */
  connect(): DynamoDBClient;
  stop(): Promise<void>;
}

/**
 * Starts an engine on a free loopback port, in memory, with an empty table. About 50 ms. Stop it in `afterAll`.
 *
 * A table opened on it does not wait between tries; give `now` where a test's clock is fixed and items expire.
 */
export const openTestTable = async (): Promise<TestTable> => {
  const engine = await startEngine({
    dataDirectory: ':memory:',
    onExit: (error) => {
      throw error;
    },
  });
  const clients: DynamoDBClient[] = [];
  const connect = (): DynamoDBClient => {
    const client = tableClient({
      endpoint: engine.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    clients.push(client);
    return client;
  };
  const client = connect();
  const tableName = `leadline-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(''),
      AttributeDefinitions: ['', ...indexNames].flatMap((name) =>
        keySchema(name).map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
      ),
      GlobalSecondaryIndexes: indexNames.map((name) => ({
        IndexName: name,
        KeySchema: keySchema(name),
        Projection: { ProjectionType: 'ALL' as const },
      })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  engine.prepareStream();
  return {
    url: engine.url,
    tableName,
    client,
    connect,
    open: (options = {}) => createTable({ client, tableName, sleep: async () => undefined, ...options }),
    async stop() {
      for (const each of clients) each.destroy();
      await engine.stop();
    },
  };
};

/** What a function stands on, on the real engine: for capacity units, and for what happens at once. */
export interface EngineEdge extends Edge {
  readonly clock: TestClock;
  readonly engine: TestTable;
  /** Writes items that are not there, each as its owner. */
  seed(...items: readonly Draft[]): Promise<void>;
  /** What some work takes: write and read units, and calls of the table. */
  costOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly write: number; readonly read: number; readonly calls: number }>;
}

/** An edge on an engine of its own, with `testKey` valid. Stop its engine in `afterAll`. */
export const openEngineEdge = async (): Promise<EngineEdge> => {
  const engine = await openTestTable();
  const clock = testClock();
  const table = engine.open({ now: clock.now });
  const edge: EngineEdge = {
    clock,
    engine,
    table,
    signingSecret: async () => testSecret,
    now: clock.now,
    random: () => 0.5,
    sleep: async () => undefined,
    seed: async (...items) => {
      for (const item of items) {
        const service = serviceNames.find((name) => name === ownerOf(item.pk));
        if (service === undefined) throw new TypeError(`${item.pk} has no owner`);
        const provenance = {
          service,
          actor: 'system:test',
          correlationId: 'c',
          causationId: 'c',
          now: new Date(clock.now()).toISOString(),
        };
        await table.commit({ writes: [{ op: 'create', item }] }, provenance);
      }
    },
    costOf: async (work) => {
      const before = table.consumed;
      const result = await work();
      const { writeUnits, readUnits, calls } = table.consumed;
      return { result, write: writeUnits - before.writeUnits, read: readUnits - before.readUnits, calls: calls - before.calls };
    },
  };
  await edge.seed(keyItem(clock.now()));
  return edge;
};
