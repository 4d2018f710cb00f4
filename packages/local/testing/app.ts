import type { JsonObject } from '../json.ts';
import { apiResources, type FixtureAssembly, functionResources, writeAssembly } from './fixture-assembly.ts';

/**
 * A small app of every part: `POST /items/{id}` puts an item, the stream carries it to a function that puts an event on the bus, a rule gives
 * the event to a queue, and the queue's function writes `seen#<id>`; `GET /items/{id}` reads that. Ids steer it: `poison` makes the stream
 * function fail for ever, `bad` the queue's function, `flaky` it for the first attempt only;
 * `slow` makes it hang, after it has handled the batch's others.
 */
const target = (name: string): string => `
  import http from 'node:http';
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL_DYNAMODB);
  const agent = new http.Agent({ keepAlive: true });
  const call = (target, input) => new Promise((resolve, reject) => {
    const body = JSON.stringify(input);
    const request = http.request({ agent, hostname: endpoint.hostname, port: endpoint.port, method: 'POST', headers: {
      'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, 'content-length': Buffer.byteLength(body), 'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0' } },
      (response) => { let text = ''; response.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('end', () => response.statusCode === 200 ? resolve(JSON.parse(text || '{}')) : reject(new Error(text))); });
    request.on('error', reject);
    request.end(body);
  });
  const dynamo = (operation, input) => call('DynamoDB_20120810.' + operation, { TableName: process.env.TABLE_NAME, ...input });
  ${name}`;

const http = target(`
  export const handler = async (event) => {
    const id = event.pathParameters?.id;
    if (event.rawPath === '/health') return { statusCode: 200, body: 'ok' };
    if (event.requestContext.http.method === 'POST') {
      await dynamo('PutItem', { Item: { pk: { S: 'item#' + id }, kind: { S: 'event' } } });
      return { statusCode: 202, headers: { 'x-request-id': 'r-' + id } };
    }
    const { Item } = await dynamo('GetItem', { Key: { pk: { S: 'seen#' + id } } });
    return Item === undefined ? { statusCode: 404 } : { statusCode: 200, body: Item.times.N };
  };`);

const relay = target(`
  export const handler = async (event) => {
    for (const record of event.Records) {
      const id = record.dynamodb.NewImage.pk.S.slice(5);
      if (id === 'poison') return { batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] };
      await call('AWSEvents.PutEvents', { Entries: [{ EventBusName: process.env.BUS_NAME, Source: 'test', DetailType: 'Put', Detail: JSON.stringify({ data: { id } }) }] });
    }
    return { batchItemFailures: [] };
  };`);

const consumer = target(`
  const tries = new Map();
  export const handler = async (event) => {
    const batchItemFailures = [];
    for (const record of event.Records) {
      const { id } = JSON.parse(record.body);
      const attempt = Number(record.attributes.ApproximateReceiveCount);
      if (id === 'bad' || (id === 'flaky' && attempt === 1)) batchItemFailures.push({ itemIdentifier: record.messageId });
      else if (id !== 'slow') await dynamo('UpdateItem', { Key: { pk: { S: 'seen#' + id } }, UpdateExpression: 'ADD times :one', ExpressionAttributeValues: { ':one': { N: '1' } } });
    }
    if (event.Records.some((record) => JSON.parse(record.body).id === 'slow')) await new Promise((resolve) => setTimeout(resolve, 2_000_000));
    return { batchItemFailures };
  };`);

const arn = (id: string): JsonObject => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Writes the app's assembly. `code` replaces the source of `http`, `relay` or `consumer`. */
export const writeTestApp = (): FixtureAssembly => {
  const environment = { Environment: { Variables: { TABLE_NAME: { Ref: 'Table' }, BUS_NAME: { Ref: 'Bus' } } } };
  return writeAssembly(
    {
      test: {
        Resources: {
          Table: {
            Type: 'AWS::DynamoDB::GlobalTable',
            Properties: {
              TableName: 'things',
              KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
              AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
              StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
              TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
              BillingMode: 'PAY_PER_REQUEST',
              Replicas: [{ Region: { Ref: 'AWS::Region' } }],
            },
          },
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'things' } },
          ...functionResources('http', 'http', environment),
          ...functionResources('relay', 'relay', environment),
          ...functionResources('consumer', 'consumer', { ...environment, Timeout: 2 }),
          ...apiResources({ 'ANY /items/{id}': 'http', 'GET /health': 'http' }),
          Given: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'given-up' } },
          Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
          Queue: {
            Type: 'AWS::SQS::Queue',
            Properties: {
              QueueName: 'work',
              VisibilityTimeout: 1,
              RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 },
            },
          },
          Stream: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
              FunctionName: { Ref: 'relay' },
              StartingPosition: 'TRIM_HORIZON',
              BatchSize: 10,
              BisectBatchOnFunctionError: true,
              MaximumRetryAttempts: 1,
              FunctionResponseTypes: ['ReportBatchItemFailures'],
              DestinationConfig: { OnFailure: { Destination: arn('Given') } },
              FilterCriteria: {
                Filters: [{ Pattern: JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['event'] } } } }) }],
              },
            },
          },
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              EventSourceArn: arn('Queue'),
              FunctionName: { Ref: 'consumer' },
              BatchSize: 10,
              FunctionResponseTypes: ['ReportBatchItemFailures'],
            },
          },
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              EventBusName: { Ref: 'Bus' },
              EventPattern: { source: ['test'], 'detail-type': ['Put'] },
              State: 'ENABLED',
              Targets: [{ Id: 'queue', Arn: arn('Queue'), InputPath: '$.detail.data' }],
            },
          },
          Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
        },
      },
    },
    { http, relay, consumer },
  );
};
