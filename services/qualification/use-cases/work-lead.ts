import type { Handler } from '#runtime/handlers.ts';
import type { qualification } from '../service.ts';
import { actOnLead } from './act-on-lead.ts';
import { handling } from './announce.ts';

/** Leads a new, nurtured or disqualified lead to `working`. Refuses what `actOnLead` refuses. */
export const workLead: Handler<(typeof qualification.routes)['workLead']> = (request, unit) =>
  actOnLead(request, unit, handling({ status: 'working' }));

/** The same under the name that fits a lead once given up. */
export const reopenLead: Handler<(typeof qualification.routes)['reopenLead']> = (request, unit) =>
  actOnLead(request, unit, handling({ status: 'working' }));
