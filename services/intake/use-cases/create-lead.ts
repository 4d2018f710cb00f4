import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { created, ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { captureLead } from './capture-lead.ts';
import { leadEtag } from './lead-view.ts';

/**
 * Takes a lead from a caller. Output: 201; with `onDuplicate=merge`, for an e-mail that a lead holds, 200 with that lead, touched.
 * Refusals: 409 with `existingId`, 422.
 */
export const createLead: Handler<typeof intakeRoutes.createLead> = (request, unit) =>
  captureLead(unit, {
    request,
    fields: request.body,
    defaults: { source: 'api', channel: 'api' },
    onKnown: request.query.onDuplicate === 'merge' ? 'touch' : 'refuse',
    conclude: ({ lead, isNew }) => ({
      writes: [],
      answer: isNew ? created(`/v1/leads/${lead.id}`, lead, { etag: leadEtag(lead) }) : ok(lead, { etag: leadEtag(lead) }),
    }),
  });
