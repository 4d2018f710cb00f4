import type { LeadStanding, LeadState, Rating } from '#contracts/resources/lead.ts';
import type { Criteria, StatusChange } from '#contracts/resources/qualification.ts';
import type { Lifecycle } from './lifecycle.ts';
import { scoreLead, stageOf } from './score.ts';

/** What counts for the score, by rule; the words stand in the criteria of that version. */
interface Points {
  readonly ruleId: string;
  readonly points: number;
}

/** What qualification knows about one lead. */
export interface LeadQualification {
  readonly leadId: string;
  readonly lifecycle: Lifecycle;
  readonly lifecycleStage: LeadStanding['lifecycleStage'];
  readonly score: number;
  readonly rating: Rating;
  readonly criteriaVersion: number;
  readonly contributions: readonly Points[];
  /** Changes of status, oldest first; the newest 50. */
  readonly history: readonly StatusChange[];
  /** Lifecycle actions that callers took; they count in the lead's version. */
  readonly actions: number;
  /** Number of intake's last event about the lead that is in the score. */
  readonly leadSequence: number;
  /** Number of our own last event about the lead. */
  readonly sequence: number;
  /** The first deal that was opened for it. */
  readonly dealId?: string;
  /** A deal of its was won. */
  readonly won: boolean;
  readonly updatedAt: string;
}

const historyKept = 50;

const withScore = (present: LeadQualification, lead: LeadState, criteria: Criteria): LeadQualification => {
  const { score, rating, criteriaVersion, contributions } = scoreLead(lead, criteria);
  return staged(
    { ...present, score, rating, criteriaVersion, contributions: contributions.map(({ ruleId, points }) => ({ ruleId, points })) },
    criteria,
  );
};

const staged = (present: LeadQualification, criteria: Criteria): LeadQualification => ({
  ...present,
  lifecycleStage: stageOf({ score: present.score, status: present.lifecycle.status, won: present.won }, criteria.thresholds),
});

/** A lead seen for the first time. */
export const firstScored = (lead: LeadState, leadSequence: number, criteria: Criteria): LeadQualification =>
  withScore(
    {
      leadId: lead.id,
      lifecycle: { status: 'new' },
      lifecycleStage: 'lead',
      score: 0,
      rating: 'cold',
      criteriaVersion: criteria.version,
      contributions: [],
      history: [],
      actions: 0,
      leadSequence,
      sequence: 0,
      won: false,
      updatedAt: lead.updatedAt,
    },
    lead,
    criteria,
  );

/** Scored anew from a later state of the lead. */
export const rescored = (present: LeadQualification, lead: LeadState, leadSequence: number, criteria: Criteria): LeadQualification =>
  withScore({ ...present, leadSequence }, lead, criteria);

/** Led to another state of its lifecycle, by whom and why. */
export const moved = (
  present: LeadQualification,
  lifecycle: Lifecycle,
  change: { readonly at: string; readonly actor: string; readonly reason?: string | undefined },
  criteria: Criteria,
): LeadQualification => {
  const [from, to] = [present.lifecycle.status, lifecycle.status];
  const { reason, ...who } = change;
  const entry: StatusChange = { from, to, ...who, ...(reason === undefined ? {} : { reason }) };
  return staged(
    {
      ...present,
      lifecycle,
      history: from === to ? present.history : [...present.history, entry].slice(-historyKept),
      updatedAt: change.at,
    },
    criteria,
  );
};

/** A deal of the lead was won: it is a customer from now on, whatever comes. */
export const won = (present: LeadQualification, criteria: Criteria): LeadQualification => staged({ ...present, won: true }, criteria);

/** The deal that stands for the lead: the first opened, in whichever order the news of several come. */
export const withDeal = (present: LeadQualification, dealId: string): LeadQualification => ({
  ...present,
  dealId: present.dealId === undefined || dealId < present.dealId ? dealId : present.dealId,
});

/** Where the lead stands, as everybody else is told. */
export const standingOf = (present: LeadQualification): LeadStanding => {
  const { lifecycle, lifecycleStage, score, rating } = present;
  const common = { status: lifecycle.status, lifecycleStage, score, rating };
  switch (lifecycle.status) {
    case 'qualified':
      return { ...common, conversion: lifecycle.conversion };
    case 'converted':
      return {
        ...common,
        conversion: lifecycle.conversion,
        convertedTo: { ...lifecycle.convertedTo, ...(present.dealId === undefined ? {} : { dealId: present.dealId }) },
      };
    case 'disqualified':
      return { ...common, disqualifiedReason: lifecycle.reason };
    case 'new':
    case 'working':
    case 'nurturing':
      return common;
  }
};

/** True when what sales sorts leads by has changed. */
export const scoreDiffers = (before: LeadQualification, after: LeadQualification): boolean =>
  before.score !== after.score || before.rating !== after.rating || before.lifecycleStage !== after.lifecycleStage;
