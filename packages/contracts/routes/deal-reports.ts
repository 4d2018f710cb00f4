import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { route } from '../core/route.ts';
import { date, listOf } from '../core/values.ts';
import { ForecastRow, LossRow, monthFilter, Velocity } from '../resources/deal-reports.ts';
import { filter } from './query.ts';

const period = z.object({ from: z.optional(date()), to: z.optional(date()) });

/** Forecast and reports: read from counters, at a cost that does not grow with the number of deals. */
export const dealReportRoutes = {
  getForecast: route({
    method: 'GET',
    path: '/v1/forecast',
    access: 'deals',
    summary: 'Open, won and lost amounts by month and currency',
    description:
      'Without `from` or `to` it is open on that side. Months in order; `month: null` (open deals without a date) last. A sum beyond 2^53 - 1 is given as the nearest number that readers of JSON hold.',
    list: true,
    query: z.object({ from: monthFilter(), to: monthFilter(), pipelineId: z.optional(id('pipeline')), owner: filter() }),
    answer: { status: 200, schema: listOf(ForecastRow) },
  }),
  reportLosses: route({
    method: 'GET',
    path: '/v1/reports/losses',
    access: 'deals',
    summary: 'Deals lost in a period, by reason and the stage they were in',
    list: true,
    query: period,
    answer: { status: 200, schema: listOf(LossRow) },
  }),
  reportVelocity: route({
    method: 'GET',
    path: '/v1/reports/velocity',
    access: 'deals',
    summary: 'How long the deals closed in a period were in each stage, how many were won, how long winning took',
    description:
      'A deal counts once for each stage it was in, with all the time it spent there; `medianCycleDays` is from the opening to the winning of won deals. Medians are exact to the hour below 2 days, to the day below 60 days, to 5 % above.',
    query: period,
    answer: { status: 200, schema: Velocity },
  }),
};
