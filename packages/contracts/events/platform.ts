import * as z from 'zod/mini';
import { event, serviceNames } from '../core/event.ts';
import { timestamp } from '../core/values.ts';

/** What could not be handled, whole and as it came: an EventBridge event. */
const EventAsItCame = z.looseObject({});

export const DeadLetterRecorded = event({
  name: 'DeadLetterRecorded',
  schemaVersion: 1,
  sources: serviceNames,
  summary: 'A consumer gave an event up: after its last attempt, or at once when the event does not fit its schema.',
  data: z.object({
    consumer: z.enum(serviceNames),
    eventId: z.nullable(z.string()),
    detailType: z.string(),
    error: z.string(),
    correlationId: z.string(),
    receivedAt: timestamp(),
    event: EventAsItCame,
  }),
});

export const DeadLetterRedriven = event({
  name: 'DeadLetterRedriven',
  schemaVersion: 1,
  sources: ['platform'],
  summary: 'A dead letter is sent to its consumer again; the consumer receives the event inside, as it came the first time.',
  data: z.object({ deadLetterId: z.string(), consumer: z.enum(serviceNames), event: EventAsItCame }),
});
