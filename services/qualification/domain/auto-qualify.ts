import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import { isGiven } from './conditions.ts';
import type { LeadQualification } from './lead-qualification.ts';
import { isOpen } from './lifecycle.ts';

/** Whether a score and what the lead says are enough to hand it to sales without anyone asking. */
export const isEnough = (score: number, lead: LeadState, { autoQualify }: Pick<Criteria, 'autoQualify'>): boolean =>
  autoQualify.enabled && score >= autoQualify.minScore && autoQualify.requiredFields.every((field) => isGiven(lead, field));

/** True for an open lead that has never been handed over by its score before. */
export const qualifiesByItself = (present: LeadQualification, lead: LeadState, criteria: Criteria): boolean =>
  !present.autoQualified && isOpen(present.lifecycle) && isEnough(present.score, lead, criteria);
