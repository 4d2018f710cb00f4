import { serveEvents } from '#runtime/consumer.ts';
import { platform } from './service.ts';
import { recordDeadLetter } from './use-cases/dead-letters.ts';

export const handler = serveEvents({ service: platform, handlers: { DeadLetterRecorded: recordDeadLetter } });
