import type { dealsRoutes } from '#contracts/routes/deals.ts';
import type { Handler } from '#runtime/handlers.ts';
import { illegalTransition, invalidField } from '#runtime/problem.ts';
import { moveDeal as moved } from '../domain/deal.ts';
import { stageOf } from '../domain/pipeline.ts';
import { commitChange, dealToChange } from './change-deal.ts';

/**
 * Moves an open deal to another stage of its pipeline; to the one it is in: unchanged.
 *
 * @throws {Problem} 404, 412; 422 for a stage that its pipeline does not have; 409 when it is closed.
 */
export const moveDeal: Handler<(typeof dealsRoutes)['moveDeal']> = async (request, unit) => {
  const { before, pipeline } = await dealToChange(request, unit);
  const stage = pipeline && stageOf(pipeline, request.body.stageId);
  if (!stage) throw invalidField('/stageId', 'unknown_id', 'there is no such stage in the pipeline');
  if (before.deal.status !== 'open') throw illegalTransition(before.deal.status, 'open');
  const change = stage.id === before.deal.stageId ? undefined : moved(before, stage, unit.now);
  return commitChange(unit, before, change, pipeline);
};
