import * as z from 'zod/mini';
import { timestamp } from '../core/values.ts';
import { LeadStanding } from '../resources/lead.ts';

/** Partition of a lead's item collection at qualification. */
export const qualificationCollection = (leadId: string): string => `qualification#lead#${leadId}`;

/** Key of qualification's record of a lead, which intake may read so that a lead read by id is never stale. */
export const qualificationRecordKey = (leadId: string) => ({ pk: qualificationCollection(leadId), sk: 'record' });

/**
 * The part of qualification's record that intake may rely on: the standing, how many lifecycle actions callers have taken (they count in
 * the lead's `version`) and when it changed last.
 */
export const QualificationRecord = z.looseObject({
  standing: LeadStanding,
  actions: z.int(),
  updatedAt: timestamp(),
  /** There once it is converted: a number, so that a transaction can be held to its absence. */
  converted: z.optional(z.literal(1)),
});
export type QualificationRecord = z.infer<typeof QualificationRecord>;
