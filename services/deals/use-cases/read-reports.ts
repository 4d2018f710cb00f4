import type { dealActivityRoutes } from '#contracts/routes/deal-activity.ts';
import type { dealReportRoutes } from '#contracts/routes/deal-reports.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { forecastOf, placeOf } from '../domain/forecast.ts';
import { historyOf } from '../domain/history.ts';
import { lossesOf, velocityOf } from '../domain/reports.ts';
import { readClosings, readForecast } from '../store/counters.ts';
import { readEvents } from '../store/deals.ts';
import { dealOf } from './annotate-deal.ts';
import { pageOf } from './pages.ts';

/** Open, won and lost amounts by month and currency; of a pipeline, an owner, both or all. */
export const getForecast: Handler<(typeof dealReportRoutes)['getForecast']> = async ({ query, page }, unit) => {
  const { from, to, pipelineId, owner } = query;
  const rows = forecastOf(await readForecast(unit.table, { owner, from, to }), pipelineId);
  return pageOf(rows, placeOf, page);
};

/** Deals lost, by reason and the stage they were lost in. */
export const reportLosses: Handler<(typeof dealReportRoutes)['reportLosses']> = async ({ query, page }, unit) => {
  const rows = lossesOf(await readClosings(unit.table, query.from, query.to));
  return pageOf(rows, ({ reason, stageId }) => `${reason}#${stageId}`, page);
};

/** How fast the deals went that were closed in a period. */
export const reportVelocity: Handler<(typeof dealReportRoutes)['reportVelocity']> = async ({ query }, unit) =>
  ok(velocityOf(await readClosings(unit.table, query.from, query.to)));

/** The stages a deal was in, oldest first. @throws {Problem} 404. */
export const listDealHistory: Handler<(typeof dealActivityRoutes)['listDealHistory']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  const stays = historyOf(await readEvents(unit.table, deal.id)).map((stay, i) => ({ stay, place: String(i) }));
  const placed = new Map(stays.map(({ stay, place }) => [stay, place]));
  return pageOf(
    stays.map(({ stay }) => stay),
    (stay) => placed.get(stay) ?? '',
    request.page,
  );
};
