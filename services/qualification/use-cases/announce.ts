import { LeadScored } from '#contracts/events/qualification.ts';
import type { EventDraft } from '#table/transaction.ts';
import { type LeadQualification, scoreDiffers, standingOf } from '../domain/lead-qualification.ts';
import { leadEvent } from '../store.ts';

/** The standing after an event, with the count of callers' actions. */
export const toldStanding = (qualification: LeadQualification) => ({ ...standingOf(qualification), actions: qualification.actions });

const scoring = ({ score, rating, lifecycleStage }: LeadQualification) => ({ score, rating, lifecycleStage });

export interface Announced {
  /** With the numbers of its events counted. */
  readonly qualification: LeadQualification;
  readonly events: readonly EventDraft[];
}

/** Says LeadScored when the lead is scored for the first time (`before` undefined) or when score, rating or stage changed. */
export const announceScore = (before: LeadQualification | undefined, after: LeadQualification): Announced => {
  if (before !== undefined && !scoreDiffers(before, after)) return { qualification: after, events: [] };
  const qualification = { ...after, sequence: after.sequence + 1 };
  const data = {
    ...scoring(after),
    previous: before === undefined ? null : scoring(before),
    criteriaVersion: after.criteriaVersion,
    standing: toldStanding(after),
  };
  return { qualification, events: [leadEvent(LeadScored, after.leadId, qualification.sequence, data)] };
};
