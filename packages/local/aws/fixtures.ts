import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startAwsEndpoints } from './endpoints.ts';
import { startEngine } from './engine.ts';
import { openSecrets } from './secrets.ts';
import type { AwsEndpoints, AwsEndpointsOptions, BusEvent, Engine, PolicyStatement, Principal } from './types.ts';

/** What the tests of this folder run against: a real engine behind real endpoints. */
export interface Running {
  readonly engine: Engine;
  readonly endpoints: AwsEndpoints;
  readonly published: { readonly bus: string; readonly event: BusEvent }[];
  readonly written: string[];
  readonly denied: string[];
  /** SDK settings of the developer, or of a function. */
  config(principal?: Principal): DynamoDBClientConfig & { endpoint: string; region: string };
  stop(): Promise<void>;
}

export const PLACE = { region: 'eu-central-1', account: '000000000000' };
export const TABLE = 'leadline';
export const TABLE_ARN = `arn:aws:dynamodb:${PLACE.region}:${PLACE.account}:table/${TABLE}`;
export const BUS = { name: 'leadline-local', arn: `arn:aws:events:${PLACE.region}:${PLACE.account}:event-bus/leadline-local` };
export const SECRET = {
  arn: `arn:aws:secretsmanager:${PLACE.region}:${PLACE.account}:secret:signing-AbCdEf`,
  name: 'signing',
  generate: { PasswordLength: 64, ExcludePunctuation: true },
};

/** A function's policy as the stacks write it: its own prefix, guarded. */
export function ownPrefix(owner: string): PolicyStatement {
  return {
    Effect: 'Allow',
    Action: [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:BatchWriteItem',
    ],
    Resource: [TABLE_ARN, `${TABLE_ARN}/index/*`],
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${owner}#*`] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
  };
}

export function principal(name: string, ...statements: PolicyStatement[]): Principal {
  return { name, accessKeyId: `AKIA${name.toUpperCase().replace(/\W/g, '')}`, secretAccessKey: 'secret', statements };
}

/** Starts an engine with the table, and the endpoints in front of it. */
export async function start(
  principals: readonly Principal[],
  options: Partial<Pick<AwsEndpointsOptions, 'faults' | 'publish' | 'region'>> = {},
): Promise<Running> {
  const engine = await startEngine({
    dataDirectory: ':memory:',
    onExit: (error) => {
      throw error;
    },
  });
  const published: { bus: string; event: BusEvent }[] = [];
  const written: string[] = [];
  const denied: string[] = [];
  const known = new Map(principals.map((each) => [each.accessKeyId, each]));
  const endpoints = await startAwsEndpoints({
    ...PLACE,
    port: 0,
    engine,
    principals: () => known,
    buses: [BUS],
    publish: (bus, events) => {
      published.push(...events.map((event) => ({ bus, event })));
    },
    secrets: openSecrets(':memory:', [SECRET]),
    onWrite: (table) => {
      written.push(table);
    },
    onDenied: (_, message) => {
      denied.push(message);
    },
    ...options,
  });
  const config = (who?: Principal) => ({
    endpoint: endpoints.url,
    region: PLACE.region,
    credentials: who ?? { accessKeyId: 'developer', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  const client = new DynamoDBClient(config());
  await createTable(client);
  client.destroy();
  engine.prepareStream();
  return {
    engine,
    endpoints,
    published,
    written,
    denied,
    config,
    stop: async () => {
      await endpoints.stop();
      await engine.stop();
    },
  };
}

/** The table as the stateful stack has it, with one of its indexes. */
export async function createTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'gsi1',
          KeySchema: [
            { AttributeName: 'gsi1pk', KeyType: 'HASH' },
            { AttributeName: 'gsi1sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
}

/** An item with its key and, for the index, a place in a list. */
export function item(pk: string, sk = 'record', list?: string) {
  return { pk: { S: pk }, sk: { S: sk }, ...(list === undefined ? {} : { gsi1pk: { S: list }, gsi1sk: { S: `${pk}/${sk}` } }) };
}
