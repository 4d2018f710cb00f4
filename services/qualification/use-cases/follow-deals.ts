import type { DealCreated, DealWon } from '#contracts/events/deals.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { withDeal, won } from '../domain/lead-qualification.ts';
import { saveQualification } from '../store/qualifications.ts';
import { announceScore } from './announce.ts';
import { convertedLead } from './follow-conversion.ts';
import { criteriaOf } from './load-subject.ts';

/** The lead's first deal shows in `convertedTo`, also when its news comes before that of the conversion. */
export const recordDeal: EventHandler<typeof DealCreated> = async (event, unit) => {
  const { id, leadId } = event.data.deal;
  const found = leadId === undefined ? undefined : await convertedLead(unit.table, leadId);
  if (found === undefined) return;
  const after = withDeal(found.qualification, id);
  if (after.dealId === found.qualification.dealId) return;
  await unit.commit({ writes: saveQualification({ ...after, updatedAt: unit.now }, found.known, unit.now), unmarked: true });
};

/** Its first won deal makes the lead a customer. */
export const recordWin: EventHandler<typeof DealWon> = async (event, unit) => {
  const { leadId } = event.data.deal;
  const found = leadId === undefined ? undefined : await convertedLead(unit.table, leadId);
  if (found === undefined || found.qualification.won) return;
  const criteria = await criteriaOf(unit.table, found.qualification.criteriaVersion);
  const { qualification, events } = announceScore(found.qualification, won(found.qualification, criteria));
  await unit.commit({
    writes: saveQualification({ ...qualification, updatedAt: unit.now }, found.known, unit.now),
    events,
    unmarked: true,
  });
};
