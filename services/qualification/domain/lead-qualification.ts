import type { LeadStanding, LeadState, Rating } from '#contracts/resources/lead.ts';
import type { Criteria, StatusChange } from '#contracts/resources/qualification.ts';
import { type Milestones, milestonesAt } from './funnel.ts';
import { isOpen, type Lifecycle } from './lifecycle.ts';
import { type Points, scoreLead, stageOf } from './score.ts';
import type { Signals } from './signals.ts';

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
  readonly dealId?: string | undefined;
  /** A deal of its was won. */
  readonly won: boolean;
  readonly updatedAt: string;
  readonly signals: Signals;
  /** Milliseconds since 1970 of the time that the score is of: signals decay. */
  readonly scoredAt: number;
  readonly rescoreAt?: number | undefined;
  /** It was handed to sales by its score alone, which happens once. */
  readonly autoQualified: boolean;
  /** An event of intake has been heard of it, not only a caller's action. */
  readonly heard: boolean;
  /** The address under which signals find it. */
  readonly email?: string | undefined;
  readonly capturedAt: string;
  readonly milestones: Milestones;
}

const historyKept = 50;

const withScore = (present: LeadQualification, lead: LeadState, criteria: Criteria, at: number): LeadQualification => {
  const { rescoreAt, ...score } = scoreLead(lead, criteria, present.signals, at);
  return staged({ ...present, ...score, rescoreAt, scoredAt: at }, criteria);
};

const staged = (present: LeadQualification, criteria: Criteria): LeadQualification => ({
  ...present,
  lifecycleStage: stageOf({ score: present.score, status: present.lifecycle.status, won: present.won }, criteria.thresholds),
});

/** What a score is of: the lead with intake's `sequence` of it, by which criteria, and when (milliseconds since 1970). */
export interface Basis {
  readonly lead: LeadState;
  readonly leadSequence: number;
  readonly criteria: Criteria;
  readonly at: number;
}

/** A lead seen for the first time, with the signals that waited for it. */
export const firstScored = ({ lead, leadSequence, criteria, at }: Basis, signals: Signals = {}): LeadQualification =>
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
      signals,
      scoredAt: at,
      autoQualified: false,
      heard: false,
      capturedAt: lead.createdAt,
      milestones: {},
    },
    lead,
    criteria,
    at,
  );

/** Scored anew: from a later state of the lead, by other criteria, with other signals, or because time has passed. */
export const rescored = (present: LeadQualification, { lead, leadSequence, criteria, at }: Basis): LeadQualification =>
  withScore({ ...present, leadSequence }, lead, criteria, at);

/** With the steps of the funnel it has reached by now (milliseconds since 1970). */
export const withMilestones = (present: LeadQualification, at: number): LeadQualification => ({
  ...present,
  milestones: {
    ...milestonesAt(present.milestones, { lifecycleStage: present.lifecycleStage, status: present.lifecycle.status }, at),
    captured: Date.parse(present.capturedAt),
  },
});

/** Milliseconds since 1970 when the lead is due without anyone calling: its decay, or the day it returns from nurture. */
export const dueAt = ({ lifecycle, rescoreAt }: LeadQualification): number | undefined => {
  if (!isOpen(lifecycle)) return undefined;
  const until = lifecycle.status === 'nurturing' && lifecycle.until !== undefined ? Date.parse(lifecycle.until) : undefined;
  if (rescoreAt === undefined || until === undefined) return rescoreAt ?? until;
  return Math.min(rescoreAt, until);
};

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
