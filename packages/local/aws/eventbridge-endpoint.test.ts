import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BUS, principal, type Running, start } from './fixtures.ts';

const relay = principal('relay', { Effect: 'Allow', Action: 'events:PutEvents', Resource: BUS.arn });

let running: Running;
let failing = false;

beforeAll(async () => {
  running = await start([relay], {
    publish: async (bus, events) => {
      if (failing) {
        throw new Error('disk full');
      }
      running.published.push(...events.map((event) => ({ bus, event })));
    },
  });
});

afterAll(() => running.stop());

beforeEach(() => {
  failing = false;
  running.published.length = 0;
});

function client(who?: typeof relay, region = 'eu-central-1'): EventBridgeClient {
  return new EventBridgeClient({
    endpoint: running.endpoints.url,
    region,
    credentials: who ?? { accessKeyId: 'dev', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
}

const entry = (changes: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  EventBusName: BUS.name,
  Source: 'leadline.intake',
  DetailType: 'LeadCaptured',
  Detail: '{"data":{"n":1}}',
  ...changes,
});

describe('PutEvents', () => {
  test('publishes whole events and answers their ids', async () => {
    const Time = new Date('2026-05-01T10:11:12.345Z');
    const answer = await client(relay).send(
      new PutEventsCommand({ Entries: [entry({ Time, Resources: ['lead_1'] }), entry({ EventBusName: BUS.arn })] }),
    );
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: running.published.map(({ event }) => ({ EventId: event.id })) });
    expect(running.published[0]).toEqual({
      bus: BUS.name,
      event: {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'LeadCaptured',
        source: 'leadline.intake',
        account: '000000000000',
        time: '2026-05-01T10:11:12Z',
        region: 'eu-central-1',
        resources: ['lead_1'],
        detail: { data: { n: 1 } },
      },
    });
  });

  test.each([
    ['no source', { Source: undefined }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
    [
      'no detail type',
      { DetailType: undefined },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    ],
    ['no detail', { Detail: undefined }, 'InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
    ['a detail that is no JSON', { Detail: '{oops' }, 'MalformedDetail', 'Detail is malformed.'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail', 'Detail is malformed.'],
    ["AWS's own source", { Source: 'aws.ec2' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
  ])('fails an entry with %s, and publishes the others', async (_, changes, ErrorCode, ErrorMessage) => {
    const answer = await client().send(new PutEventsCommand({ Entries: [entry(), { ...entry(), ...changes }, entry()] }));
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.[1]).toEqual({ ErrorCode, ErrorMessage });
    expect(running.published).toHaveLength(2);
  });

  test.each([
    ['no entries', []],
    ['eleven entries', Array.from({ length: 11 }, () => entry())],
    ['more than 256 KB', [entry({ Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) })]],
  ])('refuses %s', async (_, Entries) => {
    await expect(client().send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(running.published).toEqual([]);
  });

  test('takes entries for a bus that does not exist, which are gone, as on AWS', async () => {
    const answer = await client().send(new PutEventsCommand({ Entries: [entry({ EventBusName: 'nowhere' })] }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(running.published).toEqual([]);
  });

  test('without a bus goes to the default one', async () => {
    await client().send(new PutEventsCommand({ Entries: [entry({ EventBusName: undefined })] }));
    expect(running.published.map(({ bus }) => bus)).toEqual(['default']);
  });

  test('fails the entries that could not be made durable', async () => {
    failing = true;
    const answer = await client().send(new PutEventsCommand({ Entries: [entry(), entry({ Detail: '' })] }));
    expect(answer).toMatchObject({ FailedEntryCount: 2, Entries: [{ ErrorCode: 'InternalFailure' }, { ErrorCode: 'InvalidArgument' }] });
  });

  test('needs the permission on that very bus', async () => {
    await expect(client(relay).send(new PutEventsCommand({ Entries: [entry({ EventBusName: undefined })] }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/relay/relay is not authorized to perform: events:PutEvents on resource: ' +
        'arn:aws:events:eu-central-1:000000000000:event-bus/default because no identity-based policy allows the events:PutEvents action',
    });
  });
});

test('Buses are listed and described, whatever the region', async () => {
  const abroad = client(undefined, 'ap-south-1');
  expect((await abroad.send(new ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name)).toEqual(['default', BUS.name]);
  expect((await abroad.send(new ListEventBusesCommand({ NamePrefix: 'lead' }))).EventBuses?.map(({ Arn }) => Arn)).toEqual([BUS.arn]);
  expect(await abroad.send(new DescribeEventBusCommand({ Name: BUS.name }))).toMatchObject({ Name: BUS.name, Arn: BUS.arn });
  await expect(abroad.send(new DescribeEventBusCommand({ Name: 'nowhere' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('What the endpoints do not know is said so', async () => {
  const authorization = 'AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/events/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(running.endpoints.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutRule', authorization },
    body: '{}',
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    __type: 'UnknownOperationException',
    message: "Leadline's local EventBridge does not know PutRule.",
  });
});
