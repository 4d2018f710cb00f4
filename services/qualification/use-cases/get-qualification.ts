import type { Handler } from '#runtime/handlers.ts';
import type { qualification } from '../service.ts';
import { loadSubject } from './load-subject.ts';
import { orRedirected } from './merged-lead.ts';
import { answerWith, toResource } from './qualification-answer.ts';

/** Where a lead stands, and why. Refuses a lead that is not there: 404. */
export const getQualification: Handler<(typeof qualification.routes)['getQualification']> = (request, unit) =>
  orRedirected('/qualification', async () => {
    const { lead, leadRev, known, present, criteria } = await loadSubject(unit, request.id);
    return answerWith(200, toResource(present, criteria), {
      lead: lead.version,
      actions: present.actions,
      leadRev,
      rev: known.rev ?? 0,
    });
  });
