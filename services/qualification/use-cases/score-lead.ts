import type { LeadCaptured, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { firstScored, rescored } from '../domain/lead-qualification.ts';
import { readQualification, saveQualification } from '../store.ts';
import { announceScore } from './announce.ts';
import { criteriaOf } from './load-subject.ts';

/**
 * Scores the lead as the event carries it, and says so if it made a difference. An event overtaken by a later one of intake, or about a
 * lead that is gone, has no effect.
 */
export const scoreLead: EventHandler<typeof LeadCaptured | typeof LeadTouched | typeof LeadUpdated> = async (event, unit) => {
  const { lead } = event.data;
  const { sequence } = event.metadata;
  const { rev, gone, qualification: before } = await readQualification(unit.table, lead.id);
  if (gone || (before !== undefined && before.leadSequence >= sequence)) return;
  const criteria = await criteriaOf(unit.table);
  const after = before === undefined ? firstScored(lead, sequence, criteria) : rescored(before, lead, sequence, criteria);
  const { qualification, events } = announceScore(before, after);
  const updatedAt = events.length === 0 ? qualification.updatedAt : unit.now;
  await unit.commit({ writes: [saveQualification({ ...qualification, updatedAt }, rev)], events });
};
