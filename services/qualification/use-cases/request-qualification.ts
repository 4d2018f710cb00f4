import type { QualificationRequested } from '#contracts/events/qualification.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { UnreadableEvent } from '#runtime/received.ts';
import { outcomeOf } from '../domain/lifecycle.ts';
import { leadUnchanged, pipelineExists } from '../store/foreign.ts';
import { saveQualification } from '../store/qualifications.ts';
import { announceScore, qualifying, takeStep } from './announce.ts';
import { findTarget } from './find-target.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * An automation hands a lead to sales. Of a lead that is handed over already, or gone, nothing comes of it; for one not known yet it waits
 * 24 h. What cannot be done (a disqualified lead, a pipeline that does not exist) is a dead letter at once.
 */
export const requestQualification: EventHandler<typeof QualificationRequested> = async (event, unit) => {
  const { reason, createDeal, deal } = event.data;
  if (deal?.pipelineId !== undefined && !(await pipelineExists(unit.table, deal.pipelineId)))
    throw new UnreadableEvent('there is no such pipeline');
  const wish = { createDeal, ...(deal === undefined ? {} : { deal }) };
  const { actor } = event.metadata;

  const target = await findTarget(unit, event.data);
  if (target.state === 'gone') return;
  if (target.state === 'unknown') {
    const until = new Date(Date.parse(unit.now) + day).toISOString();
    await unit.commit({
      writes: await target.wait({ kind: 'request', actor, ...wish, ...(reason === undefined ? {} : { reason }), until }),
    });
    return;
  }
  const { lead, leadRev, known, present, criteria } = target.subject;
  const { status } = present.lifecycle;
  const outcome = outcomeOf(present.lifecycle, 'qualified');
  if (outcome === 'stays' || status === 'converted') return;
  if (outcome === 'refused') throw new UnreadableEvent(`a ${status} lead cannot be qualified`);
  const step = qualifying(reason, wish);
  const around = { lead, criteria, at: unit.now, actor, asked: true };
  const { qualification: after, events } = takeStep(announceScore(known.qualification, present), step, around);
  await unit.commit({ writes: [...saveQualification(after, known, unit.now), leadUnchanged(lead.id, leadRev)], events });
};
