import type { EventContract } from '#contracts/core/event.ts';
import { LeadQualified, LeadScored, LeadStatusChanged } from '#contracts/events/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { ConversionWish, Criteria } from '#contracts/resources/qualification.ts';
import type { EventDraft } from '#table/transaction.ts';
import { qualifiesByItself } from '../domain/auto-qualify.ts';
import { type LeadQualification, moved, scoreDiffers, standingOf } from '../domain/lead-qualification.ts';
import type { Lifecycle, Target } from '../domain/lifecycle.ts';
import { leadEvent } from '../store/qualifications.ts';

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

/** A step to another state of the lifecycle. */
export interface Step {
  readonly to: Target;
  readonly reason?: string | undefined;
  /** The state it leads to; `sequence` is that of the event which says so. */
  readonly lifecycle: (sequence: number) => Lifecycle;
  /** The event that says so, of the lead as it was and as it is after. */
  readonly event: (
    subject: { readonly lead: LeadState; readonly from: Lifecycle['status'] },
    after: LeadQualification,
  ) => { readonly contract: EventContract; readonly data: unknown };
}

export interface Circumstances {
  readonly lead: LeadState;
  readonly criteria: Criteria;
  /** RFC 3339. */
  readonly at: string;
  readonly actor: string;
  /** Somebody asked for it: it counts in the lead's version. */
  readonly asked: boolean;
}

/** Takes a step that the state allows, after what is announced already. */
export const takeStep = ({ qualification: present, events }: Announced, step: Step, around: Circumstances): Announced => {
  const { lead, criteria, at, actor, asked } = around;
  const sequence = present.sequence + 1;
  const after: LeadQualification = {
    ...moved(present, step.lifecycle(sequence), { at, actor, reason: step.reason }, criteria),
    actions: present.actions + (asked ? 1 : 0),
    sequence,
  };
  const { contract, data } = step.event({ lead, from: present.lifecycle.status }, after);
  return { qualification: after, events: [...events, leadEvent(contract, lead.id, sequence, data)] };
};

/** Hands the lead to sales. */
export const qualifying = (reason: string | undefined, conversion: ConversionWish): Step => ({
  to: 'qualified',
  reason,
  lifecycle: (sequence) => ({ status: 'qualified', conversion: { status: 'pending' }, askedBy: sequence }),
  event: ({ lead }, after) => ({
    contract: LeadQualified,
    data: {
      lead,
      score: after.score,
      rating: after.rating,
      ...(reason === undefined ? {} : { reason }),
      conversion,
      standing: toldStanding(after),
    },
  }),
});

/** Leads it to a state that only says how it is being handled. */
export const handling = (
  lifecycle: Extract<Lifecycle, { status: 'new' | 'working' | 'nurturing' }> & { status: Target },
  reason?: string,
): Step => ({
  to: lifecycle.status,
  reason,
  lifecycle: () => lifecycle,
  event: ({ from }, after) => ({
    contract: LeadStatusChanged,
    data: { from, to: lifecycle.status, ...(reason === undefined ? {} : { reason }), standing: toldStanding(after) },
  }),
});

/** What a new score leads to: it is told if it changed, and a lead that is good enough is handed to sales, once. `at` is RFC 3339. */
export const settleScore = (
  before: LeadQualification | undefined,
  after: LeadQualification,
  { lead, criteria, at }: Pick<Circumstances, 'lead' | 'criteria' | 'at'>,
): Announced => {
  const announced = announceScore(before, after);
  const scored = announced.events.length === 0 ? announced : { ...announced, qualification: { ...announced.qualification, updatedAt: at } };
  if (!qualifiesByItself(after, lead, criteria)) return scored;
  const reason = `Score ${after.score} reached ${criteria.autoQualify.minScore} (criteria version ${criteria.version}).`;
  const once = { ...scored, qualification: { ...scored.qualification, autoQualified: true } };
  const around = { lead, criteria, at, actor: 'system:qualification', asked: false };
  return takeStep(once, qualifying(reason, { createDeal: true }), around);
};
