import { RescoringRequested } from '#contracts/events/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { dueAt, type LeadQualification, rescored } from '../domain/lead-qualification.ts';
import { isOpen } from '../domain/lifecycle.ts';
import { readCurrent } from '../store/criteria.ts';
import { findLeads } from '../store/foreign.ts';
import { mergedAdds } from '../store/funnel.ts';
import { openLeads } from '../store/open-leads.ts';
import { type Known, readQualifications, saveQualification } from '../store/qualifications.ts';
import { type Announced, handling, settleScore, takeStep } from './announce.ts';

interface Position {
  readonly criteriaVersion: number;
  readonly shard: number;
  readonly after?: string;
}

/** Asks for the next step of a re-scoring; `sequence` is the number of the step in its shard. */
export const rescoringRequest = (position: Position, sequence: number): EventDraft => {
  const subject = `rescoring-${position.criteriaVersion}-${position.shard}`;
  return { contract: RescoringRequested, collection: partition('qualification', subject), subject, sequence, data: position };
};

/** Leads to a step. A changed lead is a record and an event; more of them than a transaction takes are left to the next. */
export const leadsPerStep = 45;
/** DynamoDB takes 100 operations; the mark and the request for the next step are two. */
const mostOperations = 98;

export interface Rescored {
  readonly writes: Write[];
  readonly events: EventDraft[];
  /** How many of the leads, from the first on, were seen to. */
  readonly done: number;
}

/** Whether these criteria, or time, ask for another look at an open lead. By newer criteria than these it may be scored already: those stay. */
const asksForIt = ({ qualification: before, gone }: Known, criteria: Criteria, at: number): boolean => {
  if (before === undefined || gone || !isOpen(before.lifecycle) || before.criteriaVersion > criteria.version) return false;
  const due = dueAt(before);
  return before.criteriaVersion < criteria.version || (due !== undefined && due <= at);
};

const rescore = (
  before: LeadQualification,
  { lead, sequence }: { lead: LeadState; sequence: number },
  criteria: Criteria,
  now: string,
): Announced => {
  const at = Date.parse(now);
  const after = rescored(before, { lead, leadSequence: Math.max(sequence, before.leadSequence), criteria, at });
  const { lifecycle } = before;
  const returns = lifecycle.status === 'nurturing' && lifecycle.until !== undefined && Date.parse(lifecycle.until) <= at;
  const around = { lead, criteria, at: now, actor: 'system:qualification', asked: false };
  if (!returns) return settleScore(before, after, around);
  const back = takeStep(
    { qualification: after, events: [] },
    handling({ status: 'working' }, 'The day it was nurtured until has come.'),
    around,
  );
  const settled = settleScore(before, back.qualification, around);
  return { qualification: settled.qualification, events: [...back.events, ...settled.events] };
};

/**
 * What scoring leads anew by these criteria, as of now, writes and says; nothing for those whose score is of these criteria and not due.
 * Leads that nurture was to end for by now are `working` again.
 */
export const rescoreLeads = async (unit: UnitOfWork, leadIds: readonly string[], criteria: Criteria): Promise<Rescored> => {
  const known = await readQualifications(unit.table, leadIds);
  const at = Date.parse(unit.now);
  const asking = leadIds.filter((_leadId, index) => known[index] !== undefined && asksForIt(known[index], criteria, at));
  const found = new Map((await findLeads(unit.table, asking)).map((lead, index) => [asking[index], lead]));
  const outcomes = known.map((standing, index) => {
    const lead = found.get(leadIds[index]);
    if (lead?.state !== 'there' || standing.qualification === undefined) return { writes: [], events: [] };
    const { qualification, events } = rescore(standing.qualification, lead, criteria, unit.now);
    return { writes: saveQualification(qualification, standing, unit.now), events };
  });
  const writes: Write[] = [];
  const events: EventDraft[] = [];
  let done = 0;
  for (const outcome of outcomes) {
    if (writes.length + events.length + outcome.writes.length + outcome.events.length > mostOperations) break;
    writes.push(...outcome.writes);
    events.push(...outcome.events);
    done += 1;
  }
  return { writes: mergedAdds(writes), events, done };
};

/**
 * One step of a re-scoring: some leads of a shard, and the request for the next step, in one transaction. When other criteria have come
 * into force meanwhile it ends, because their own re-scoring goes over all open leads.
 */
export const rescoreShard: EventHandler<typeof RescoringRequested> = async (event, unit) => {
  const { criteriaVersion, shard, after } = event.data;
  const { criteria } = await readCurrent(unit.table);
  if (criteria.version !== criteriaVersion) return;
  const { leadIds, more } = await openLeads(unit.table, { shard, after, limit: leadsPerStep });
  const { writes, events, done } = await rescoreLeads(unit, leadIds, criteria);
  const last = leadIds[done - 1];
  const next =
    last !== undefined && (more || done < leadIds.length)
      ? [rescoringRequest({ criteriaVersion, shard, after: last }, event.metadata.sequence + 1)]
      : [];
  if (events.length + writes.length + next.length > 0) await unit.commit({ writes, events: [...events, ...next] });
};
