import type { DealStatus } from '#contracts/resources/deal.ts';
import type { dealsRoutes } from '#contracts/routes/deals.ts';
import type { Handler } from '#runtime/handlers.ts';
import { illegalTransition } from '#runtime/problem.ts';
import { loseDeal as lost, reopenDeal as reopened, winDeal as won } from '../domain/deal.ts';
import { firstStage, stageOf } from '../domain/pipeline.ts';
import { readDefaultPipeline } from '../store/pipelines.ts';
import { commitChange, dealToChange } from './change-deal.ts';

/** True when the deal is in that state already; asking for it changes nothing. Only an open deal can be closed. */
const isAlready = (wanted: Exclude<DealStatus, 'open'>, status: DealStatus): boolean => {
  if (status !== 'open' && status !== wanted) throw illegalTransition(status, wanted);
  return status === wanted;
};

/** Wins a deal, now unless `closedAt` is given. @throws {Problem} 404, 412, 409 for a lost one. */
export const winDeal: Handler<(typeof dealsRoutes)['winDeal']> = async (request, unit) => {
  const { before, pipeline } = await dealToChange(request, unit);
  const change = isAlready('won', before.deal.status) ? undefined : won(before, request.body.closedAt ?? unit.now, unit.now);
  return commitChange(unit, before, change, pipeline);
};

/** Loses a deal for a reason. @throws {Problem} 404, 412, 409 for a won one. */
export const loseDeal: Handler<(typeof dealsRoutes)['loseDeal']> = async (request, unit) => {
  const { before, pipeline } = await dealToChange(request, unit);
  const change = isAlready('lost', before.deal.status) ? undefined : lost(before, request.body, unit.now);
  return commitChange(unit, before, change, pipeline);
};

/** Opens a closed deal again, in the stage it was in; an open one stays as it is. @throws {Problem} 404, 412. */
export const reopenDeal: Handler<(typeof dealsRoutes)['reopenDeal']> = async (request, unit) => {
  const { before, pipeline: former } = await dealToChange(request, unit);
  if (before.deal.status === 'open') return commitChange(unit, before, undefined, former);
  const pipeline = former ?? (await readDefaultPipeline(unit.table)).pipeline;
  const stage = stageOf(pipeline, before.deal.stageId) ?? firstStage(pipeline);
  return commitChange(unit, before, reopened(before, pipeline, stage, unit.now), pipeline);
};
