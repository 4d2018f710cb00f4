import { serveSchedule } from '#runtime/schedule.ts';
import { qualification } from './service.ts';
import { sweepLeads } from './use-cases/sweep-leads.ts';

export const handler = serveSchedule({ service: qualification, run: sweepLeads });
