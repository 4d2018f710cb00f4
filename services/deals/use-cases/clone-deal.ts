import type { dealActivityRoutes } from '#contracts/routes/deal-activity.ts';
import { created } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { cloneDeal as copied } from '../domain/edit-deal.ts';
import { firstStage } from '../domain/pipeline.ts';
import { dealEffect } from '../store/deals.ts';
import { readDefaultPipeline } from '../store/pipelines.ts';
import { presentParties } from '../store/survivors.ts';
import { dealAnswer } from './answers.ts';
import { dealToChange } from './change-deal.ts';

/** Opens a deal with the fields of another, in the first stage of its pipeline, or of the default one when that is gone. @throws {Problem} 404, 412. */
export const cloneDeal: Handler<(typeof dealActivityRoutes)['cloneDeal']> = async (request, unit) => {
  const { before, pipeline: former } = await dealToChange(request, unit);
  const parties = await presentParties(unit.table, before.deal);
  const pipeline = former ?? (await readDefaultPipeline(unit.table)).pipeline;
  const change = copied(unit.newId('deal'), before.deal, parties, request.body.name, pipeline, firstStage(pipeline), unit.now);
  const { deal } = change.next;
  const { body, ...options } = dealAnswer({ deal, rev: 1 }, pipeline, unit.now);
  const answer = created(`/v1/deals/${deal.id}`, body, options);
  await unit.commit({ ...dealEffect(undefined, change), answer });
  return answer;
};
