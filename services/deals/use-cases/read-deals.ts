import type { dealsRoutes } from '#contracts/routes/deals.ts';
import { page } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import { toResource } from '../domain/deal.ts';
import { filterOf } from '../domain/filter.ts';
import { stageOf } from '../domain/pipeline.ts';
import { timelineEntry } from '../domain/timeline.ts';
import { listDeals as list, readDeal, readTimeline } from '../store/deals.ts';
import { readPipeline, readPipelines } from '../store/pipelines.ts';
import { dealAnswer } from './answers.ts';

/** @throws {Problem} 404. */
export const getDeal: Handler<(typeof dealsRoutes)['getDeal']> = async ({ id }, unit) => {
  const stored = await readDeal(unit.table, id);
  if (!stored) throw notFound('There is no such deal.');
  return dealAnswer(stored, (await readPipeline(unit.table, stored.deal.pipelineId))?.pipeline, unit.now);
};

/** Deals by any filters, newest first. */
export const listDeals: Handler<(typeof dealsRoutes)['listDeals']> = async ({ query, page: { limit, after } }, unit) => {
  const matches = filterOf(query);
  const { deals, next } = await list(unit.table, {
    leadId: query.leadId,
    contactId: query.contactId,
    accountId: query.accountId,
    limit,
    after,
    keep: ({ deal }) => matches(deal),
  });
  const pipelines = await readPipelines(
    unit.table,
    deals.map(({ deal }) => deal.pipelineId),
  );
  const items = deals.map(({ deal }) => {
    const pipeline = pipelines.get(deal.pipelineId);
    return toResource(deal, pipeline && stageOf(pipeline, deal.stageId), unit.now);
  });
  return page({ items, next });
};

/** @throws {Problem} 404. */
export const listDealTimeline: Handler<(typeof dealsRoutes)['listDealTimeline']> = async (request, unit) => {
  const dealId = request.params.dealId ?? request.id;
  const { limit, after } = request.page;
  const { items, next } = await readTimeline(unit.table, dealId, limit, after);
  if (!(await readDeal(unit.table, dealId))) throw notFound('There is no such deal.');
  return page({ items: items.map(({ data }) => timelineEntry(data)), next });
};
