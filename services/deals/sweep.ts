import { serveSchedule } from '#runtime/schedule.ts';
import { deals } from './service.ts';
import { expireQuotes } from './use-cases/expire-quotes.ts';

export const handler = serveSchedule({ service: deals, run: expireQuotes });
