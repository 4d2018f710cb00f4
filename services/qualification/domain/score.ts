import type { LeadState, LifecycleStage, Rating } from '#contracts/resources/lead.ts';
import { type Criteria, clampId, signalId } from '#contracts/resources/qualification.ts';
import { factsOf, type Judge, judgeOf } from './conditions.ts';
import { areDecaying, type Signals, signalTenths } from './signals.ts';

/** What counts for the score, by rule or type of signal; the words stand in the criteria. */
export interface Points {
  readonly ruleId: string;
  readonly points: number;
}

export interface Score {
  /** 0 to 100, at most one decimal. */
  readonly score: number;
  readonly rating: Rating;
  readonly criteriaVersion: number;
  /** They add up to the score. */
  readonly contributions: readonly Points[];
  /** Milliseconds since 1970 when time alone will have changed the score enough to look again; undefined when it never will. */
  readonly rescoreAt?: number;
}

// Points are summed as whole tenths: the sum of the contributions shown then is the score to the last digit.
const tenths = (points: number): number => Math.round(points * 10);

interface PreparedRule {
  readonly ruleId: string;
  /** In tenths. */
  readonly points: number;
  readonly judge: Judge;
}

/** The rules of criteria are made ready once, for all the leads they are asked of. */
const prepared = new WeakMap<Criteria['rules'], readonly PreparedRule[]>();
const preparedOf = ({ rules }: Criteria): readonly PreparedRule[] => {
  const ready = prepared.get(rules) ?? rules.map((rule) => ({ ruleId: rule.id, points: tenths(rule.points), judge: judgeOf(rule.when) }));
  prepared.set(rules, ready);
  return ready;
};

const ratingOf = (score: number, { warm, hot }: Criteria['thresholds']): Rating => (score >= hot ? 'hot' : score >= warm ? 'warm' : 'cold');

const clamp = (sum: number): number => Math.min(1000, Math.max(0, sum));

const minute = 60 * 1000;
const day = 24 * 60 * minute;
/** A loss of so many points is shown before the day is over. */
const noticeable = 5;

/**
 * When the decay of signals is worth another look: when it changes rating, MQL or the score by 5 points, but within a day. Looked for in
 * steps that grow with the distance, so the answer may be late by a third of the wait.
 */
const dueTime = (rules: number, signals: Signals, criteria: Criteria, at: number): number | undefined => {
  if (!areDecaying(signals, criteria, at)) return undefined;
  const { thresholds } = criteria;
  const scoreAt = (time: number): number =>
    clamp(signalTenths(signals, criteria, time).reduce((sum, signal) => sum + signal.tenths, rules)) / 10;
  const now = scoreAt(at);
  const differs = (score: number): boolean =>
    ratingOf(score, thresholds) !== ratingOf(now, thresholds) ||
    score >= thresholds.mql !== now >= thresholds.mql ||
    Math.abs(score - now) >= noticeable;
  for (let wait = minute; wait < day; wait *= 1.5) if (differs(scoreAt(at + wait))) return at + wait;
  return at + day;
};

/** What a lead is worth to sales by the criteria at a time (milliseconds since 1970), explained rule by rule. */
export const scoreLead = (lead: LeadState, criteria: Criteria, signals: Signals, at: number): Score => {
  const facts = factsOf(lead);
  const met = preparedOf(criteria).filter(({ judge }) => judge(facts));
  const rules = met.reduce((total, { points }) => total + points, 0);
  const seen = signalTenths(signals, criteria, at).map((signal) => ({ ruleId: signalId(signal.type), points: signal.tenths }));
  const sum = seen.reduce((total, { points }) => total + points, rules);
  const score = clamp(sum);
  const kept = score === sum ? [] : [{ ruleId: clampId, points: score - sum }];
  const rescoreAt = dueTime(rules, signals, criteria, at);
  return {
    score: score / 10,
    rating: ratingOf(score / 10, criteria.thresholds),
    criteriaVersion: criteria.version,
    contributions: [...met, ...seen, ...kept].map(({ ruleId, points }) => ({ ruleId, points: points / 10 })),
    ...(rescoreAt === undefined ? {} : { rescoreAt }),
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
