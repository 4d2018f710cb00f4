import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { type Basis, firstScored, type LeadQualification, rescored } from '../domain/lead-qualification.ts';
import { currentCriteria, readVersion } from '../store/criteria.ts';
import { findLead } from '../store/foreign.ts';
import { type Known, readQualification } from '../store/qualifications.ts';
import { absence } from './merged-lead.ts';

/** A lead that somebody asks about. */
export interface Subject {
  readonly lead: LeadState;
  /** `rev` of intake's record. */
  readonly leadRev: number;
  /** Our record as stored; without `rev` when no event of the lead has arrived yet. */
  readonly known: Known;
  /** Scored from the lead as intake has it now. */
  readonly present: LeadQualification;
  readonly criteria: Criteria;
}

/** The criteria of a version that is in use; each is kept, so a missing one is a defect. */
export const criteriaOf = async (table: Reader, version: number): Promise<Criteria> => {
  const criteria = await readVersion(table, version);
  if (criteria === undefined) throw new TypeError(`there are no criteria of version ${version}`);
  return criteria;
};

/** The lead as intake has it and what we know of it; undefined when there is no such lead, `gone` when it is no more. */
export const findSubject = async (
  { table, now }: Pick<UnitOfWork, 'table' | 'now'>,
  leadId: string,
): Promise<Subject | 'gone' | undefined> => {
  const [found, known] = await Promise.all([findLead(table, leadId), readQualification(table, leadId)]);
  if (known.gone) return 'gone';
  if (found.state !== 'there') return found.state === 'gone' ? 'gone' : undefined;
  const { lead, sequence, rev: leadRev } = found;
  const before = known.qualification;
  if (before !== undefined && before.leadSequence >= sequence)
    return { lead, leadRev, known, present: before, criteria: await criteriaOf(table, before.criteriaVersion) };
  const criteria = await currentCriteria({ table, now }, before?.criteriaVersion);
  const basis: Basis = { lead, leadSequence: sequence, criteria, at: Date.parse(now) };
  return { lead, leadRev, known, present: before === undefined ? firstScored(basis) : rescored(before, basis), criteria };
};

/**
 * Intake's lead and what we know of it. It is there from the moment of its creation: what its events have not told us yet is read and
 * scored then and there.
 *
 * @throws 404 when there is no such lead, or no longer; 409 when it was merged.
 */
export const loadSubject = async (unit: Pick<UnitOfWork, 'table' | 'now'>, leadId: string): Promise<Subject> => {
  const subject = await findSubject(unit, leadId);
  if (subject === undefined || subject === 'gone') throw await absence(unit.table, leadId);
  return subject;
};
