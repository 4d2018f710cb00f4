import type { EventContract } from '#contracts/core/event.ts';
import type { Answer } from '#runtime/answer.ts';
import type { HttpRequest } from '#runtime/handlers.ts';
import { illegalTransition } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { type LeadQualification, moved } from '../domain/lead-qualification.ts';
import { type Lifecycle, outcomeOf, type Target } from '../domain/lifecycle.ts';
import { leadEvent, leadUnchanged, saveQualification } from '../store.ts';
import { announceScore } from './announce.ts';
import { loadSubject, type Subject } from './load-subject.ts';
import { answerWith, toResource } from './qualification-answer.ts';

/** A caller's wish to lead a lead to another state. */
export interface Action {
  readonly to: Target;
  readonly answers: 200 | 202;
  readonly reason?: string | undefined;
  /** The state it leads to; `sequence` is that of the event which says so. */
  readonly lifecycle: (sequence: number) => Lifecycle;
  /** The event that says so, of the lead as it was and as it is after. */
  readonly event: (subject: Subject, after: LeadQualification) => { readonly contract: EventContract; readonly data: unknown };
}

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
  action: Action,
  check: () => Promise<void> = async () => {},
): Promise<Answer> => {
  const subject = await loadSubject(unit.table, request.id);
  const { lead, leadRev, rev, before, present, criteria } = subject;
  request.assertIfMatch(lead.version + present.actions);
  await check();

  const outcome = outcomeOf(present.lifecycle, action.to);
  if (outcome === 'refused') throw illegalTransition(present.lifecycle.status, action.to);
  if (outcome === 'stays') {
    return answerWith(action.answers, toResource(present, criteria), {
      lead: lead.version,
      actions: present.actions,
      leadRev,
      rev: rev ?? 0,
    });
  }

  const scored = announceScore(before, present);
  const sequence = scored.qualification.sequence + 1;
  const change = { at: unit.now, actor: unit.actor, reason: action.reason };
  const after: LeadQualification = {
    ...moved(scored.qualification, action.lifecycle(sequence), change, criteria),
    actions: present.actions + 1,
    sequence,
  };
  const { contract, data } = action.event(subject, after);
  const answer = answerWith(action.answers, toResource(after, criteria), {
    lead: lead.version,
    actions: after.actions,
    leadRev,
    rev: (rev ?? 0) + 1,
  });
  await unit.commit({
    writes: [saveQualification(after, rev), leadUnchanged(lead.id, leadRev)],
    events: [...scored.events, leadEvent(contract, lead.id, sequence, data)],
    answer,
  });
  return answer;
};
