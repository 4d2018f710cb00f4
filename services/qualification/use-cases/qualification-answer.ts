import { type Criteria, clampId, type Qualification, signalId } from '#contracts/resources/qualification.ts';
import { type Answer, accepted, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import { type LeadQualification, standingOf } from '../domain/lead-qualification.ts';
import { signalList } from '../domain/signals.ts';

const clampLabel = 'Kept within 0 and 100';

/** The resource: where the lead stands and why, its history newest first. */
export const toResource = (qualification: LeadQualification, criteria: Criteria): Qualification => {
  const labels = new Map([
    ...criteria.rules.map(({ id, label }) => [id, label] as const),
    ...Object.keys(criteria.signals).map((type) => [signalId(type), `Signals: ${type}`] as const),
    [clampId, clampLabel],
  ]);
  return {
    leadId: qualification.leadId,
    ...standingOf(qualification),
    criteriaVersion: qualification.criteriaVersion,
    contributions: qualification.contributions.map(({ ruleId, points }) => ({
      ruleId,
      label: labels.get(ruleId) ?? ruleId,
      points,
    })),
    signals: signalList(qualification.signals, criteria, qualification.scoredAt),
    history: qualification.history.toReversed(),
  };
};

/**
 * The answer with the lead's version in its entity tag: what callers changed at intake and the actions they took here. `derived` is made
 * of how often both records were written.
 */
export const answerWith = (
  status: 200 | 202,
  resource: Qualification,
  versions: { readonly lead: number; readonly actions: number; readonly leadRev: number; readonly rev: number },
): Answer => {
  const etag = etagOf({ version: versions.lead + versions.actions, derived: versions.leadRev + versions.rev });
  return status === 200 ? ok(resource, { etag }) : accepted(resource, { etag });
};
