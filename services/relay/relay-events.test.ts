import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { toAttributes } from '#table/attributes.ts';
import { mostTries } from './bus.ts';
import { mostBytes, sizeOfEntry } from './entries.ts';
import { relayEvents } from './relay-events.ts';

const bus = mockClient(EventBridgeClient);
beforeEach(() => bus.reset());

const ulid = (n: number) => `01J0000000000000000000${String(n).padStart(4, '0')}`;

const record = (n: number, filler = ''): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: {
    SequenceNumber: String(1_000_000_000_000_000_000_000n + BigInt(n)),
    NewImage: JSON.parse(
      JSON.stringify(
        toAttributes({
          pk: 'intake#lead#1',
          sk: `event#2026-11-22T18:18:42.000Z#evt_${ulid(n)}`,
          kind: 'event',
          rev: 1,
          data: {
            source: 'leadline.intake',
            detailType: 'LeadCaptured',
            detail: {
              metadata: {
                eventId: `evt_${ulid(n)}`,
                occurredAt: '2026-11-22T18:18:42.000Z',
                schemaVersion: 1,
                correlationId: 'r',
                causationId: 'r',
                actor: 'key:1',
                subject: 'lead_1',
                sequence: n + 1,
              },
              data: { n, filler },
            },
          },
        }),
      ),
    ),
  },
});
const sequenceOf = (n: number) => record(n).dynamodb?.SequenceNumber;
const records = (count: number) => Array.from({ length: count }, (_, n) => record(n));
const poison = (n: number): DynamoDBRecord => ({
  ...record(n),
  dynamodb: { SequenceNumber: sequenceOf(n) ?? '', NewImage: { pk: { S: 'x' } } },
});

const relay = (batch: DynamoDBRecord[], options: Partial<Parameters<typeof relayEvents>[1]> = {}) =>
  relayEvents(batch, {
    client: new EventBridgeClient({}),
    busName: 'leadline-test',
    said: new Set(),
    random: () => 0,
    sleep: async () => {},
    remaining: () => 30_000,
    ...options,
  });

const numberOf = (entry: PutEventsRequestEntry): number => JSON.parse(entry.Detail ?? '').data.n;
const requests = () => bus.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries ?? []);
const sentNumbers = () => requests().map((entries) => entries.map(numberOf));

/** A bus that takes what the predicate allows. */
const busThatTakes = (takes: (entry: PutEventsRequestEntry, call: number) => boolean): void => {
  let call = 0;
  bus.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    call += 1;
    const results = Entries.map((entry) =>
      takes(entry, call) ? { EventId: 'x' } : { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' },
    );
    return { FailedEntryCount: results.filter(({ EventId }) => EventId === undefined).length, Entries: results };
  });
};

test('puts events on the bus in the order of the stream, ten to a request', async () => {
  busThatTakes(() => true);
  expect(await relay(records(23))).toMatchObject({ resumeAt: undefined, relayed: 23 });
  expect(sentNumbers().map((numbers) => numbers.length)).toEqual([10, 10, 3]);
  expect(sentNumbers().flat()).toEqual(Array.from({ length: 23 }, (_, n) => n));
});

test('an entry carries source, name, detail, bus and the time at which it happened', async () => {
  busThatTakes(() => true);
  await relay([record(0)]);
  expect(requests()[0]?.[0]).toMatchObject({
    EventBusName: 'leadline-test',
    Source: 'leadline.intake',
    DetailType: 'LeadCaptured',
    Time: new Date('2026-11-22T18:18:42.000Z'),
  });
  expect(JSON.parse(requests()[0]?.[0]?.Detail ?? '')).toMatchObject({ metadata: { eventId: `evt_${ulid(0)}` }, data: { n: 0 } });
});

test('tries only the entries again that the bus did not take', async () => {
  busThatTakes((entry, call) => call > 2 || ![3, 7].includes(numberOf(entry)));
  expect(await relay(records(10))).toMatchObject({ resumeAt: undefined, relayed: 10 });
  expect(sentNumbers().slice(1)).toEqual([
    [3, 7],
    [3, 7],
  ]);
});

test('waits longer between tries, with full jitter', async () => {
  const waits: number[] = [];
  busThatTakes(() => false);
  await relay(records(1), { random: () => 1, sleep: async (milliseconds) => void waits.push(milliseconds) });
  expect(waits).toEqual([50, 100, 200, 400]);
});

test('answers with the lowest sequence number of what still fails, having said what stands behind it', async () => {
  busThatTakes((entry) => ![4, 15].includes(numberOf(entry)));
  const outcome = await relay(records(20));
  expect(outcome).toMatchObject({ resumeAt: sequenceOf(4), relayed: 18 });
  expect(outcome.refused.map(({ code }) => code)).toEqual(['ThrottlingException', 'ThrottlingException']);
});

test('a failing request is tried again as a whole', async () => {
  bus
    .on(PutEventsCommand)
    .rejectsOnce(Object.assign(new Error('reset'), { name: 'TimeoutError' }))
    .resolves({ FailedEntryCount: 0 });
  expect(await relay(records(3))).toMatchObject({ resumeAt: undefined, relayed: 3 });
  expect(sentNumbers()).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
});

test('an entry that the API refuses outright does not take its neighbours down with it', async () => {
  bus.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    if (Entries.some((entry) => numberOf(entry) === 2)) {
      throw Object.assign(new Error('no'), { name: 'ValidationException', $fault: 'client' });
    }
    return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'x' })) };
  });
  expect(await relay(records(5))).toMatchObject({ resumeAt: sequenceOf(2), relayed: 4 });
});

test('stops trying when the bus is away, so that the invocation ends in time', async () => {
  busThatTakes(() => false);
  const outcome = await relay(records(100));
  expect(outcome).toMatchObject({ resumeAt: sequenceOf(0), relayed: 0 });
  expect(requests()).toHaveLength(2 * mostTries);
});

test('what there was no time for is left for the next attempt', async () => {
  busThatTakes(() => true);
  let left = 4_000;
  const outcome = await relay(records(30), { remaining: () => (left -= 600) });
  expect(outcome.relayed).toBe(10);
  expect(outcome.resumeAt).toBe(sequenceOf(10));
});

test('a record that is no event is reported alone and holds up nothing', async () => {
  busThatTakes(() => true);
  const outcome = await relay([record(0), poison(1), record(2), record(3)]);
  expect(outcome).toMatchObject({ resumeAt: sequenceOf(1), relayed: 3, poison: [{ reason: 'unreadable' }] });
  expect(sentNumbers().flat()).toEqual([0, 2, 3]);
});

test('an event above what the bus takes is poison, too', async () => {
  busThatTakes(() => true);
  expect(await relay([record(0, 'x'.repeat(mostBytes)), record(1)])).toMatchObject({
    resumeAt: sequenceOf(0),
    relayed: 1,
    poison: [{ reason: 'too-large' }],
  });
});

test('what was said behind a poison record is not said again when the stream comes back to it', async () => {
  busThatTakes(() => true);
  const said = new Set<string>();
  await relay([record(0), poison(1), record(2)], { said });
  bus.resetHistory();
  const again = await relay([poison(1), record(2), record(3)], { said });
  expect(again.resumeAt).toBe(sequenceOf(1));
  expect(sentNumbers().flat()).toEqual([3]);
});

test('a poison record alone in its batch is reported each time, until Lambda sends it to the failure destination', async () => {
  expect(await relay([poison(7)])).toMatchObject({ resumeAt: sequenceOf(7), relayed: 0 });
  expect(requests()).toEqual([]);
});

test('requests stay within 256 KB as AWS counts them', async () => {
  busThatTakes(() => true);
  const big = Array.from({ length: 12 }, (_, n) => record(n, 'é'.repeat(40_000)));
  expect(await relay(big)).toMatchObject({ resumeAt: undefined, relayed: 12 });
  for (const entries of requests()) {
    expect(entries.reduce((size, entry) => size + sizeOfEntry(entry), 0)).toBeLessThanOrEqual(mostBytes);
  }
  expect(requests().map((entries) => entries.length)).toEqual([3, 3, 3, 3]);
});

test('the size of an entry is its time, source, name, detail and resources in UTF-8', () => {
  expect(sizeOfEntry({ Time: new Date(0), Source: 'a', DetailType: 'é', Detail: '{}', Resources: ['rr'], EventBusName: 'free' })).toBe(
    14 + 1 + 2 + 2 + 2,
  );
});
