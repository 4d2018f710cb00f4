import type { dealsRoutes } from '#contracts/routes/deals.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { boardOf } from '../domain/board.ts';
import { toResource } from '../domain/deal.ts';
import { readTotals } from '../store/counters.ts';
import { firstOfStage } from '../store/deals.ts';
import { readAllPipelines, readPipeline, type StoredPipeline } from '../store/pipelines.ts';
import { pageOf } from './pages.ts';

/** Deals that a board shows of each stage. */
const shown = 20;

const pipelineNamed = async (table: Reader, pipelineId: string): Promise<StoredPipeline> => {
  const stored = await readPipeline(table, pipelineId);
  if (!stored) throw notFound('There is no such pipeline.');
  return stored;
};

/** Newest first; the default pipeline, which was there from the start, last. */
export const listPipelines: Handler<(typeof dealsRoutes)['listPipelines']> = async (request, unit) =>
  pageOf(await readAllPipelines(unit.table), ({ id }) => id, request.page);

/** @throws {Problem} 404. */
export const getPipeline: Handler<(typeof dealsRoutes)['getPipeline']> = async ({ id }, unit) => {
  const { pipeline, rev } = await pipelineNamed(unit.table, id);
  return ok(pipeline, { etag: etagOf({ version: pipeline.version, derived: rev }) });
};

/** The open deals of a pipeline by stage, at a cost that does not grow with their number. @throws {Problem} 404. */
export const getBoard: Handler<(typeof dealsRoutes)['getBoard']> = async ({ params, id }, unit) => {
  const { pipeline } = await pipelineNamed(unit.table, params.pipelineId ?? id);
  const [totals, ...deals] = await Promise.all([
    readTotals(unit.table, pipeline.id),
    ...pipeline.stages.map(async (stage) => {
      const first = await firstOfStage(unit.table, stage.id, shown);
      return [stage.id, first.map(({ deal }) => toResource(deal, stage, unit.now))] as const;
    }),
  ]);
  return ok(boardOf(pipeline, totals, new Map(deals)));
};
