import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { EventMetadata } from '#contracts/core/event.ts';
import { fromAttributes } from '#table/attributes.ts';

const Outboxed = z.object({
  source: z.string().check(z.minLength(1), z.maxLength(256)),
  detailType: z.string().check(z.minLength(1), z.maxLength(128)),
  detail: z.object({ metadata: EventMetadata, data: z.unknown() }),
});

/** An outbox event as the bus takes it, and where in the stream it stands. */
export interface Entry {
  readonly sequenceNumber: string;
  readonly eventId: string;
  readonly entry: PutEventsRequestEntry;
  /** Bytes, as EventBridge counts them. */
  readonly size: number;
}

/** A record that no try will bring onto the bus. */
export interface Poison {
  readonly sequenceNumber: string;
  readonly reason: 'unreadable' | 'too-large';
}

/** Entries and bytes that one PutEvents takes. Source: EventBridge User Guide, "PutEvents", and the API's reference. */
const mostEntries = 10;
export const mostBytes = 256 * 1024;

/**
 * Bytes of an entry as AWS counts them: 14 for the time, the UTF-8 of source, detail type, detail and resources; the bus's name is free.
 * Source: EventBridge User Guide, "Calculating Amazon EventBridge event entry size".
 */
export const sizeOfEntry = ({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number =>
  (Time === undefined ? 0 : 14) + [Source, DetailType, Detail, ...Resources].reduce((size, text) => size + Buffer.byteLength(text), 0);

/** What a stream record of an event item says. */
export const readRecord = (record: DynamoDBRecord, busName: string): Entry | Poison => {
  const sequenceNumber = record.dynamodb?.SequenceNumber ?? '';
  const event = outboxedIn(record);
  if (event === undefined) return { sequenceNumber, reason: 'unreadable' };
  const { eventId, occurredAt } = event.detail.metadata;
  const entry = {
    EventBusName: busName,
    Source: event.source,
    DetailType: event.detailType,
    Detail: JSON.stringify(event.detail),
    Time: new Date(occurredAt),
  };
  const size = sizeOfEntry(entry);
  return size > mostBytes ? { sequenceNumber, reason: 'too-large' } : { sequenceNumber, eventId, entry, size };
};

const outboxedIn = (record: DynamoDBRecord): z.infer<typeof Outboxed> | undefined => {
  try {
    const parsed = z.safeParse(Outboxed, fromAttributes(record.dynamodb?.NewImage ?? {}).data);
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Not an item of ours at all.
    return undefined;
  }
};

/** In their order, as few requests as their number and size allow. */
export const batchesOf = (entries: readonly Entry[]): Entry[][] => {
  const batches: Entry[][] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length === mostEntries || bytes + entry.size > mostBytes) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
};
