import type { LeadDeleted, LeadMerged } from '#contracts/events/intake.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { readQualification, saveTombstone } from '../store/qualifications.ts';
import { endWaitForLead, readForLead, releaseAddress } from '../store/waiting.ts';

/** Leaves a tombstone of a deleted or merged lead, also when nothing of it has arrived yet: what comes late must not bring it back. */
export const forgetLead: EventHandler<typeof LeadDeleted | typeof LeadMerged> = async (event, unit) => {
  const { leadId } = event.data;
  const known = await readQualification(unit.table, leadId);
  if (known.gone) return;
  const email = known.qualification?.email;
  const release = email === undefined ? undefined : await releaseAddress(unit.table, email, leadId, unit.now);
  const { rev: waiting } = await readForLead(unit.table, leadId, unit.now);
  await unit.commit({
    writes: [
      ...saveTombstone(leadId, event.metadata.sequence, unit.now, known),
      ...(release === undefined ? [] : [release]),
      ...(waiting === undefined ? [] : [endWaitForLead(leadId, waiting)]),
    ],
  });
};
