import type { ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { type LeadQualification, moved } from '../domain/lead-qualification.ts';
import { type Known, readQualification, saveQualification } from '../store/qualifications.ts';
import { criteriaOf } from './load-subject.ts';

// What is recorded here and of deals shows in the lead's record whether it was recorded before: no mark of the event is paid for.

/** A lead we asked to convert, or had to do with a deal of: undefined when it is gone. */
export const convertedLead = async (
  table: Reader,
  leadId: string,
): Promise<{ readonly known: Known; readonly qualification: LeadQualification } | undefined> => {
  const known = await readQualification(table, leadId);
  const { rev, gone, qualification } = known;
  if (gone) return undefined;
  // We qualified it ourselves, in this table: its record is older than any news of its conversion.
  if (rev === undefined || qualification === undefined) throw new Error(`${leadId} was converted but never qualified`);
  return { known, qualification };
};

/** The lead is converted, whatever else it was thought to be: converting is one-way. */
export const recordConversion: EventHandler<typeof LeadConverted> = async (event, unit) => {
  const { leadId, contactId, accountId } = event.data;
  const found = await convertedLead(unit.table, leadId);
  if (found === undefined || found.qualification.lifecycle.status === 'converted') return;
  const criteria = await criteriaOf(unit.table, found.qualification.criteriaVersion);
  const change = { at: event.metadata.occurredAt, actor: event.metadata.actor };
  const after = moved(
    found.qualification,
    { status: 'converted', conversion: { status: 'done' }, convertedTo: { contactId, accountId } },
    change,
    criteria,
  );
  await unit.commit({ writes: saveQualification({ ...after, updatedAt: unit.now }, found.known, unit.now), unmarked: true });
};

/**
 * The conversion under way failed; the lead says why, and may be qualified again or disqualified. News of an earlier attempt, or of a lead
 * that was converted all the same, has no effect.
 */
export const recordFailure: EventHandler<typeof ConversionFailed> = async (event, unit) => {
  const { leadId, reason, qualifiedBy } = event.data;
  const found = await convertedLead(unit.table, leadId);
  if (found === undefined) return;
  const { lifecycle } = found.qualification;
  if (lifecycle.status !== 'qualified' || String(lifecycle.askedBy) !== qualifiedBy) return;
  const after = {
    ...found.qualification,
    lifecycle: { ...lifecycle, conversion: { status: 'failed', reason } } as const,
    updatedAt: unit.now,
  };
  await unit.commit({ writes: saveQualification(after, found.known, unit.now), unmarked: true });
};
