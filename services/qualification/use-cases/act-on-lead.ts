import type { Answer } from '#runtime/answer.ts';
import type { HttpRequest } from '#runtime/handlers.ts';
import { illegalTransition } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { outcomeOf } from '../domain/lifecycle.ts';
import { leadUnchanged } from '../store/foreign.ts';
import { saveQualification } from '../store/qualifications.ts';
import { announceScore, type Step, takeStep } from './announce.ts';
import { loadSubject } from './load-subject.ts';
import { answerWith, toResource } from './qualification-answer.ts';

/**
 * One step of a lead's lifecycle, taken by a caller: the record (made here if no event of the lead has arrived yet), the event and the
 * promise that the lead is still there are one transaction, so of two that race one wins and the other sees it.
 *
 * Asking for the state it is in answers that state and writes nothing.
 *
 * @throws 404 without such a lead, 412 for another version, what `check` throws, 409 for a step the state does not allow.
 */
export const actOnLead = async (
  request: HttpRequest,
  unit: UnitOfWork,
  step: Step,
  { answers = 200, check = async () => {} }: { readonly answers?: 200 | 202; readonly check?: () => Promise<void> } = {},
): Promise<Answer> => {
  const { lead, leadRev, known, present, criteria } = await loadSubject(unit, request.id);
  request.assertIfMatch(lead.version + present.actions);
  await check();

  const versions = { lead: lead.version, actions: present.actions, leadRev, rev: known.rev ?? 0 };
  const outcome = outcomeOf(present.lifecycle, step.to);
  if (outcome === 'refused') throw illegalTransition(present.lifecycle.status, step.to);
  if (outcome === 'stays') return answerWith(answers, toResource(present, criteria), versions);

  const around = { lead, criteria, at: unit.now, actor: unit.actor, asked: true };
  const { qualification: after, events } = takeStep(announceScore(known.qualification, present), step, around);
  const answer = answerWith(answers, toResource(after, criteria), { ...versions, actions: after.actions, rev: versions.rev + 1 });
  await unit.commit({
    writes: [...saveQualification(after, known, unit.now), leadUnchanged(lead.id, leadRev)],
    events,
    answer,
  });
  return answer;
};
