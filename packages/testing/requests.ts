import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context, SQSEvent } from 'aws-lambda';
import { busSource, type EventContract, type ServiceName } from '#contracts/core/event.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import type { Draft } from '#table/item.ts';
import { tellEvent, tellRequest } from './test-input.ts';
import { type TestEdge, testNow, testSecret } from './unit.ts';

/** The context of an invocation with 10 s left. */
export const testContext = (): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:test',
  memoryLimitInMB: '256',
  awsRequestId: 'test',
  logGroupName: 'test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 10_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});

/** The key that `seedKey` makes valid. */
export const testKey = 'lk_test';

/** What makes an API key valid, at a time in milliseconds since 1970; `testKey` with all rights unless told otherwise. */
export const keyItem = (at: number, { id = newId('apiKey', at), key = testKey, scopes = ['admin'] }: Partial<TestKey> = {}): Draft =>
  apiKeyItem({ key, secret: testSecret, record: { id, name: 'test', scopes: [...scopes], createdAt: new Date(at).toISOString() } });

interface TestKey {
  readonly id: string;
  readonly key: string;
  readonly scopes: readonly string[];
}

/** Makes an API key valid; gives the caller's actor, `key:<id>`. */
export const seedKey = (edge: TestEdge, scopes: readonly string[] = ['admin'], key = testKey): string => {
  const id = newId('apiKey', edge.now());
  edge.table.seed(keyItem(edge.now(), { id, key, scopes }));
  return `key:${id}`;
};

export interface TestRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value, or text or bytes to be sent as they are. */
  readonly body?: unknown;
  /** The key that is sent; `null` for none, `testKey` unless given. */
  readonly key?: string | null;
}

/** A request as API Gateway gives it (payload format 2.0): `request('GET', '/v1/leads?limit=5')`. */
export const httpEvent = (
  method: string,
  target: string,
  { headers = {}, body, key = testKey }: TestRequest = {},
): APIGatewayProxyEventV2 => {
  const [rawPath = '/', rawQueryString = ''] = target.split(/\?(.*)/s);
  tellRequest(rawQueryString, headers, body);
  const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
  const bytes = body instanceof Uint8Array;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      host: 'api.example.com',
      'user-agent': 'test',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(isJson ? { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } : {}),
      ...headers,
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: 'gateway=',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:18:18:42 +0000',
      timeEpoch: testNow,
    },
    ...(body === undefined
      ? {}
      : { body: bytes ? Buffer.from(body).toString('base64') : typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: bytes,
  };
};

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any; // oxlint-disable-line no-explicit-any
}

const parsed = (text: string | undefined, contentType: string): unknown =>
  text !== undefined && /json/.test(contentType) ? JSON.parse(text) : text;

/** Calls a handler of `serveHttp` as `(method, target, request?)`. */
export const client =
  (
    handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>,
    context: () => Context = testContext,
  ) =>
  async (method: string, target: string, request: TestRequest = {}): Promise<TestAnswer> => {
    const result = await handler(httpEvent(method, target, request), context());
    const headers = Object.fromEntries(Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]));
    return { status: result.statusCode ?? 200, headers, body: parsed(result.body, headers['content-type'] ?? '') };
  };

export interface TestEvent {
  readonly source: ServiceName;
  readonly contract: EventContract;
  readonly data: unknown;
  readonly subject?: string;
  readonly sequence?: number;
  readonly eventId?: string;
  readonly occurredAt?: string;
  readonly correlationId?: string;
  readonly actor?: string;
}

/** An event as EventBridge carries it. */
export const busEvent = ({ source, contract, data, ...given }: TestEvent) => {
  tellEvent(data);
  const occurredAt = given.occurredAt ?? new Date(testNow).toISOString();
  return {
    version: '0',
    id: 'b0000000-0000-4000-8000-000000000000',
    'detail-type': contract.name,
    source: busSource(source),
    account: '000000000000',
    time: occurredAt,
    region: 'eu-central-1',
    resources: [],
    detail: {
      metadata: {
        eventId: given.eventId ?? newId('event', testNow),
        occurredAt,
        schemaVersion: contract.schemaVersion,
        correlationId: given.correlationId ?? 'req_test',
        causationId: 'req_test',
        actor: given.actor ?? 'system:test',
        subject: given.subject ?? newId('lead', testNow),
        sequence: given.sequence ?? 1,
      },
      data,
    },
  };
};

/** A batch of a queue: events of `busEvent`, or raw texts. `receives` counts this delivery. */
export const queueEvent = (events: readonly unknown[], receives = 1): SQSEvent => ({
  Records: events.map((event, index) => ({
    messageId: `message-${index}`,
    receiptHandle: `receipt-${index}`,
    body: typeof event === 'string' ? event : JSON.stringify(event),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(testNow),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(testNow),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:test',
    awsRegion: 'eu-central-1',
  })),
});
