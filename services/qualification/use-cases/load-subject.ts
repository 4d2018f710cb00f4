import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { firstScored, type LeadQualification, rescored } from '../domain/lead-qualification.ts';
import { readCriteria, readLead, readQualification } from '../store.ts';
import { absence } from './merged-lead.ts';

/** A lead that somebody asks about. */
export interface Subject {
  readonly lead: LeadState;
  /** `rev` of intake's record. */
  readonly leadRev: number;
  /** `rev` of our record; undefined while there is none. */
  readonly rev: number | undefined;
  /** As stored; undefined when no event of the lead has arrived yet. */
  readonly before: LeadQualification | undefined;
  /** Scored from the lead as intake has it now. */
  readonly present: LeadQualification;
  readonly criteria: Criteria;
}

/** The criteria of a version that is in use; each is kept, so a missing one is a defect. */
export const criteriaOf = async (table: Reader, version?: number): Promise<Criteria> => {
  const criteria = await readCriteria(table, version);
  if (criteria === undefined) throw new TypeError(`there are no criteria of version ${version}`);
  return criteria;
};

/**
 * Intake's lead and what we know of it. It is there from the moment of its creation: what its events have not told us yet is read and
 * scored then and there.
 *
 * @throws 404 when there is no such lead, or no longer; 409 when it was merged.
 */
export const loadSubject = async (table: Reader, leadId: string): Promise<Subject> => {
  const [found, known] = await Promise.all([readLead(table, leadId), readQualification(table, leadId)]);
  if (found === undefined || known.gone) throw await absence(table, leadId);
  const { lead, sequence, rev: leadRev } = found;
  const before = known.qualification;
  const isCurrent = before !== undefined && before.leadSequence >= sequence;
  const criteria = await criteriaOf(table, isCurrent ? before.criteriaVersion : undefined);
  const present =
    before === undefined ? firstScored(lead, sequence, criteria) : isCurrent ? before : rescored(before, lead, sequence, criteria);
  return { lead, leadRev, rev: known.rev, before, present, criteria };
};
