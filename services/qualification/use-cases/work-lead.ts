import { LeadStatusChanged } from '#contracts/events/qualification.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { qualification } from '../service.ts';
import { type Action, actOnLead } from './act-on-lead.ts';
import { toldStanding } from './announce.ts';

const work: Action = {
  to: 'working',
  answers: 200,
  lifecycle: () => ({ status: 'working' }),
  event: (subject, after) => ({
    contract: LeadStatusChanged,
    data: { from: subject.present.lifecycle.status, to: 'working', standing: toldStanding(after) },
  }),
};

/** Leads a new, nurtured or disqualified lead to `working`. Refuses what `actOnLead` refuses. */
export const workLead: Handler<(typeof qualification.routes)['workLead']> = (request, unit) => actOnLead(request, unit, work);

/** The same under the name that fits a lead once given up. */
export const reopenLead: Handler<(typeof qualification.routes)['reopenLead']> = (request, unit) => actOnLead(request, unit, work);
