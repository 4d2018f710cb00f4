import type { EngagementRecorded } from '#contracts/events/qualification.ts';
import type { SignalInput, SignalReceipt } from '#contracts/resources/qualification.ts';
import { accepted } from '#runtime/answer.ts';
import type { EventHandler, Handler } from '#runtime/handlers.ts';
import { invalidField } from '#runtime/problem.ts';
import { UnreadableEvent } from '#runtime/received.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type Basis, rescored } from '../domain/lead-qualification.ts';
import { withSignal } from '../domain/signals.ts';
import type { qualification } from '../service.ts';
import { currentCriteria } from '../store/criteria.ts';
import { saveQualification } from '../store/qualifications.ts';
import { hasCounted, markCounted } from '../store/waiting.ts';
import { settleScore } from './announce.ts';
import { findTarget } from './find-target.ts';
import type { Subject } from './load-subject.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

type Outcome =
  | { readonly status: 'unknown-type' }
  | { readonly status: 'gone' }
  | { readonly status: 'repeated' }
  | { readonly status: 'waiting'; readonly writes: readonly Write[] }
  | { readonly status: 'counted'; readonly leadId: string; readonly writes: readonly Write[]; readonly events: readonly EventDraft[] };

const effectOf = (outcome: Extract<Outcome, { status: 'waiting' } | { status: 'counted' }>) => ({
  writes: outcome.writes,
  events: outcome.status === 'counted' ? outcome.events : [],
});

const namesType = async (unit: UnitOfWork, type: string): Promise<boolean> => {
  const criteria = await currentCriteria(unit);
  if (Object.hasOwn(criteria.signals, type)) return true;
  // A type that was named a moment ago is not refused for what is cached.
  return Object.hasOwn((await currentCriteria(unit, criteria.version + 1)).signals, type);
};

const count = async (unit: UnitOfWork, { lead, known, present }: Subject, type: string, seenAt: number) => {
  const criteria = await currentCriteria(unit, present.criteriaVersion);
  const basis: Basis = { lead, leadSequence: present.leadSequence, criteria, at: Date.parse(unit.now) };
  const after = rescored({ ...present, signals: withSignal(present.signals, type, seenAt) }, basis);
  const { qualification: next, events } = settleScore(known.qualification, after, { lead, criteria, at: unit.now });
  return { writes: saveQualification(next, known, unit.now), events };
};

/** What a signal leads to; without a lead it waits for so many milliseconds. */
const decide = async (unit: UnitOfWork, signal: SignalInput, patience: number): Promise<Outcome> => {
  const { type, externalId, occurredAt = unit.now } = signal;
  if (!(await namesType(unit, type))) return { status: 'unknown-type' };
  if (externalId !== undefined && (await hasCounted(unit.table, externalId))) return { status: 'repeated' };
  const once = externalId === undefined ? [] : [markCounted(externalId)];
  const seenAt = Date.parse(occurredAt);
  const target = await findTarget(unit, signal);
  switch (target.state) {
    case 'gone':
      return { status: 'gone' };
    case 'unknown': {
      const until = new Date(Date.parse(unit.now) + patience).toISOString();
      return { status: 'waiting', writes: [...(await target.wait({ kind: 'signal', type, at: seenAt, until })), ...once] };
    }
    case 'there': {
      const { writes, events } = await count(unit, target.subject, type, seenAt);
      return { status: 'counted', leadId: target.subject.lead.id, writes: [...writes, ...once], events };
    }
  }
};

/**
 * Counts what marketing saw a person do. The same `externalId` has one effect, whoever sends it. Refuses a type that the criteria do not
 * name and an id of no lead: 422.
 */
export const recordSignal: Handler<(typeof qualification.routes)['recordSignal']> = async (request, unit) => {
  const signal = request.body;
  const unknownLead = () => invalidField('/leadId', 'unknown_id', 'there is no such lead');
  const outcome = await decide(unit, signal, 30 * day);
  if (outcome.status === 'unknown-type') throw invalidField('/type', 'unknown_type', 'is not named by the criteria');
  // Only what has an address may come before its lead.
  if (outcome.status === 'gone' || (outcome.status === 'waiting' && signal.leadId !== undefined)) throw unknownLead();
  const leadId = outcome.status === 'counted' ? outcome.leadId : signal.leadId;
  const receipt: SignalReceipt = {
    status: outcome.status,
    ...(leadId === undefined ? {} : { leadId }),
    type: signal.type,
    occurredAt: signal.occurredAt ?? unit.now,
    ...(signal.externalId === undefined ? {} : { externalId: signal.externalId }),
  };
  const answer = accepted(receipt);
  if (outcome.status !== 'repeated') await unit.commit({ ...effectOf(outcome), answer });
  return answer;
};

/** The same from the bus. A type that the criteria do not name makes it a dead letter at once; for a lead not known yet it waits 24 h. */
export const recordEngagement: EventHandler<typeof EngagementRecorded> = async (event, unit) => {
  const outcome = await decide(unit, event.data, day);
  if (outcome.status === 'unknown-type') throw new UnreadableEvent('the criteria do not name signals of this type');
  if (outcome.status === 'waiting' || outcome.status === 'counted') await unit.commit(effectOf(outcome));
};
