import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import { type Patience, putEntries, type Refused, reserve } from './bus.ts';
import { batchesOf, type Entry, type Poison, readRecord } from './entries.ts';

export interface RelayOptions extends Patience {
  readonly client: EventBridgeClient;
  readonly busName: string;
  /** Ids of events put on the bus by an invocation that failed for others; kept between invocations. */
  readonly said: Set<string>;
}

/** What became of a batch of the stream. */
export interface Outcome {
  /** Where the stream is to go on from: the lowest sequence number that failed. Undefined when all is said. */
  readonly resumeAt: string | undefined;
  readonly relayed: number;
  readonly refused: readonly Refused[];
  readonly poison: readonly Poison[];
}

const mostRemembered = 5_000;

/**
 * Puts the outbox events of stream records on the bus.
 *
 * Whatever can be said is said, also what stands behind a record that cannot: Lambda comes again from `resumeAt`, halving the batch, until
 * the poison stands alone and goes to the failure destination. What was said meanwhile is remembered, so that it is not said at each
 * attempt again. When the bus takes nothing at all, or time is short, the rest is left for the next attempt.
 */
export const relayEvents = async (records: readonly DynamoDBRecord[], options: RelayOptions): Promise<Outcome> => {
  const readings = records.map((record) => readRecord(record, options.busName));
  const poison = readings.filter((reading) => 'reason' in reading);
  const entries = readings.filter((reading) => 'entry' in reading).filter(({ eventId }) => !options.said.has(eventId));

  const relayed: Entry[] = [];
  const refused: Refused[] = [];
  let refusedWhole = 0;
  for (const batch of batchesOf(entries)) {
    const isHopeless = refusedWhole === 2 || options.remaining() < reserve;
    const notTaken = isHopeless ? batch.map((entry) => ({ entry, code: 'NotTried' })) : await putEntries(options.client, batch, options);
    refused.push(...notTaken);
    relayed.push(...batch.filter((entry) => !notTaken.some((one) => one.entry === entry)));
    // One may be refused for itself; two in a row say that the bus is away.
    if (!isHopeless) refusedWhole = notTaken.length === batch.length ? refusedWhole + 1 : 0;
  }

  const failed = new Set([...poison, ...refused.map(({ entry }) => entry)].map(({ sequenceNumber }) => sequenceNumber));
  // The stream's records come in order, and sequence numbers are too long for Number.
  const resumeAt = readings.find(({ sequenceNumber }) => failed.has(sequenceNumber))?.sequenceNumber;
  if (resumeAt !== undefined) remember(options.said, relayed);
  return { resumeAt, relayed: relayed.length, refused, poison };
};

const remember = (said: Set<string>, entries: readonly Entry[]): void => {
  for (const { eventId } of entries) said.add(eventId);
  for (const eventId of said) {
    if (said.size <= mostRemembered) return;
    said.delete(eventId);
  }
};
