import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '#local/aws/engine.ts';
import { tableClient } from '#table/client.ts';
import { createTable, type Table, type TableOptions } from '#table/table.ts';

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
