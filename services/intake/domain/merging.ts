import { defined } from '#contracts/core/json.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { type ToE164, touchedLead, writableFields } from './lead.ts';

/**
 * The survivor after another lead was folded into it: blanks filled, nothing overwritten, tags united, touches added up. What would outgrow
 * a resource's 64 KiB is left out.
 */
export const mergedLead = (survivor: LeadState, source: LeadState, now: string, toE164: ToE164): LeadState => {
  // Where a lead came from and what follows from its other fields is no blank of the survivor, which has these always.
  const filled = touchedLead(survivor, writableFields(source), now, toE164);
  return defined({
    ...filled,
    touches: survivor.touches + source.touches,
    knownContactId: survivor.knownContactId ?? source.knownContactId,
    formId: survivor.formId ?? source.formId,
    version: survivor.version + 1,
  });
};
