import { LeadDisqualified } from '#contracts/events/qualification.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { qualification } from '../service.ts';
import { actOnLead } from './act-on-lead.ts';
import { toldStanding } from './announce.ts';

/** Says that a lead is no prospect, for a reason. Refuses what `actOnLead` refuses. */
export const disqualifyLead: Handler<(typeof qualification.routes)['disqualifyLead']> = (request, unit) => {
  const { reason, note } = request.body;
  return actOnLead(request, unit, {
    to: 'disqualified',
    reason,
    lifecycle: () => ({ status: 'disqualified', reason }),
    event: (_subject, after) => ({
      contract: LeadDisqualified,
      data: { reason, ...(note === undefined ? {} : { note }), standing: toldStanding(after) },
    }),
  });
};
