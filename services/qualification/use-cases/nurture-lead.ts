import type { Handler } from '#runtime/handlers.ts';
import { invalidField } from '#runtime/problem.ts';
import type { qualification } from '../service.ts';
import { actOnLead } from './act-on-lead.ts';
import { handling } from './announce.ts';

/** Keeps a new or worked lead warm, until a day if one is given. Refuses a day that is past (422), and what `actOnLead` refuses. */
export const nurtureLead: Handler<(typeof qualification.routes)['nurtureLead']> = (request, unit) => {
  const { until, note } = request.body;
  const check = async (): Promise<void> => {
    if (until !== undefined && until < unit.now.slice(0, 10)) throw invalidField('/until', 'past', 'must not be in the past');
  };
  return actOnLead(request, unit, handling({ status: 'nurturing', until }, note), { check });
};
