import type { LeadState, LifecycleStage, Rating } from '#contracts/resources/lead.ts';
import type { Contribution, Criteria } from '#contracts/resources/qualification.ts';
import { holds } from './conditions.ts';

export interface Score {
  /** 0 to 100, at most one decimal. */
  readonly score: number;
  readonly rating: Rating;
  readonly criteriaVersion: number;
  /** They add up to the score. */
  readonly contributions: readonly Contribution[];
}

/** Id of the contribution that brings a sum outside 0 to 100 back into it. */
export const clampId = 'clamp';
export const clampLabel = 'Kept within 0 and 100';

// Points are summed as whole tenths: the sum of the contributions shown then is the score to the last digit.
const tenths = (points: number): number => Math.round(points * 10);

const ratingOf = (score: number, { warm, hot }: Criteria['thresholds']): Rating => (score >= hot ? 'hot' : score >= warm ? 'warm' : 'cold');

/** What a lead is worth to sales by the criteria, explained rule by rule. */
export const scoreLead = (lead: LeadState, criteria: Criteria): Score => {
  const met = criteria.rules
    .filter((rule) => holds(lead, rule.when))
    .map((rule) => ({ ruleId: rule.id, label: rule.label, points: tenths(rule.points) }));
  const sum = met.reduce((total, { points }) => total + points, 0);
  const score = Math.min(1000, Math.max(0, sum));
  const clamp = score === sum ? [] : [{ ruleId: clampId, label: clampLabel, points: score - sum }];
  return {
    score: score / 10,
    rating: ratingOf(score / 10, criteria.thresholds),
    criteriaVersion: criteria.version,
    contributions: [...met, ...clamp].map((contribution) => ({ ...contribution, points: contribution.points / 10 })),
  };
};

/** How far a lead has come: customer once a deal of its was won, sql while qualified or converted, mql from the threshold upward. */
export const stageOf = (
  lead: { readonly score: number; readonly status: string; readonly won: boolean },
  { mql }: Criteria['thresholds'],
): LifecycleStage => {
  if (lead.won) return 'customer';
  if (lead.status === 'qualified' || lead.status === 'converted') return 'sql';
  return lead.score >= mql ? 'mql' : 'lead';
};
