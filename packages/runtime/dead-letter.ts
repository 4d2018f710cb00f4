import type { ServiceName } from '#contracts/core/event.ts';
import { handOverDays } from '#contracts/core/retention.ts';
import { DeadLetterRecorded } from '#contracts/events/platform.ts';
import { partition } from '#table/keys.ts';
import type { Edge } from './edge.ts';
import { newId } from './new-id.ts';
import type { Message } from './received.ts';

/** Seconds: the event archive's 30 days and a week. */
export const markedSeconds = 37 * 24 * 60 * 60;

/**
 * Bytes of an event that its dead letter can carry: the bus takes 256 KiB, of which the letter's own words need some. Beyond, the message is
 * left to the queue's dead-letter queue.
 */
const mostCarried = 240 * 1024;

/**
 * Records an event that is given up, whole and as it came, as an event of its own: it reaches the platform, which lists it and can send it
 * again. The same message is recorded once.
 *
 * @throws {RangeError} when the event is larger than a dead letter can be.
 */
export const recordDeadLetter = async (
  edge: Edge,
  service: ServiceName,
  message: Message,
  { messageId, error }: { readonly messageId: string; readonly error: string },
): Promise<void> => {
  if (Buffer.byteLength(JSON.stringify(message.event)) > mostCarried) throw new RangeError('the event is too large for a dead letter');
  const at = edge.now();
  const now = new Date(at).toISOString();
  const subject = newId('deadLetter', at);
  const correlationId = message.correlationId ?? subject;
  const collection = partition(service, 'dead-letter', messageId);
  await edge.table.commit(
    {
      writes: [],
      events: [
        {
          contract: DeadLetterRecorded,
          collection,
          subject,
          sequence: 1,
          // It carries the event whole, which may be about a person; once it was said the platform has it.
          keptDays: handOverDays,
          data: {
            consumer: service,
            eventId: message.eventId ?? null,
            detailType: message.detailType,
            error: error.slice(0, 1_000),
            correlationId,
            receivedAt: now,
            event: message.event,
          },
        },
      ],
    },
    { service, actor: `system:${service}`, correlationId, causationId: message.eventId ?? subject, now },
    { guard: { pk: collection, sk: 'recorded', kind: 'dead-letter-mark', data: {}, expiresAt: Math.floor(at / 1000) + markedSeconds } },
  );
};
