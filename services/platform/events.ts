import { serveEvents } from '#runtime/consumer.ts';
import { platform } from './service.ts';
import { recordDeadLetter } from './use-cases/dead-letters.ts';
import { erasePerson } from './use-cases/erase-person.ts';

export const handlers = { DeadLetterRecorded: recordDeadLetter, ErasureRequested: erasePerson };

export const handler = serveEvents({ service: platform, handlers });
