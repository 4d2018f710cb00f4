import type { LeadDeleted, LeadMerged } from '#contracts/events/intake.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { readQualification, saveTombstone } from '../store.ts';

/** Leaves a tombstone of a deleted or merged lead, also when nothing of it has arrived yet: what comes late must not bring it back. */
export const forgetLead: EventHandler<typeof LeadDeleted | typeof LeadMerged> = async (event, unit) => {
  const { leadId } = event.data;
  const { rev, gone } = await readQualification(unit.table, leadId);
  if (gone) return;
  await unit.commit({ writes: [saveTombstone(leadId, event.metadata.sequence, unit.now, rev)] });
};
