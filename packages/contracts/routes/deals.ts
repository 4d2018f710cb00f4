import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { route } from '../core/route.ts';
import { text } from '../core/text.ts';
import { date, listOf } from '../core/values.ts';
import { Board, Deal, DealEdit, DealInput, dealStatuses, LoseInput, MoveInput, Pipeline, WinInput } from '../resources/deal.ts';
import { TimelineEntry } from '../resources/lead.ts';
import { NoInput } from '../resources/qualification.ts';
import { dealActivityRoutes } from './deal-activity.ts';
import { pipelineRoutes } from './deal-pipelines.ts';
import { dealReportRoutes } from './deal-reports.ts';
import { filter } from './query.ts';
import { documentRoutes, quoteRoutes } from './quotes.ts';

const answer = { status: 200, schema: Deal, headers: ['ETag'] } as const;

/** Operations of the deals service: pipelines, their boards, deals. */
export const dealsRoutes = {
  listPipelines: route({
    method: 'GET',
    path: '/v1/pipelines',
    access: 'deals',
    summary: 'List pipelines',
    list: true,
    answer: { status: 200, schema: listOf(Pipeline) },
  }),
  getPipeline: route({
    method: 'GET',
    path: '/v1/pipelines/{pipelineId}',
    access: 'deals',
    summary: 'Read a pipeline',
    answer: { status: 200, schema: Pipeline, headers: ['ETag'] },
  }),
  getBoard: route({
    method: 'GET',
    path: '/v1/pipelines/{pipelineId}/board',
    access: 'deals',
    summary: 'The open deals of a pipeline by stage',
    description: 'Sums are counted exactly; one beyond 2^53 - 1 is given as the nearest number that readers of JSON hold.',
    answer: { status: 200, schema: Board },
  }),
  createDeal: route({
    method: 'POST',
    path: '/v1/deals',
    access: 'deals',
    summary: 'Open a deal',
    body: { kind: 'json', schema: DealInput },
    answer: { status: 201, schema: Deal, headers: ['Location', 'ETag'] },
  }),
  listDeals: route({
    method: 'GET',
    path: '/v1/deals',
    access: 'deals',
    summary: 'List deals',
    list: true,
    query: z.object({
      status: z.optional(z.enum(dealStatuses)),
      pipelineId: z.optional(id('pipeline')),
      stageId: z.optional(id('stage')),
      owner: filter(),
      accountId: z.optional(id('account')),
      contactId: z.optional(id('contact')),
      leadId: z.optional(id('lead')),
      tag: z.optional(text().check(z.toLowerCase())),
      closeAfter: z.optional(date()),
      closeBefore: z.optional(date()),
      q: filter(),
    }),
    answer: { status: 200, schema: listOf(Deal) },
  }),
  getDeal: route({
    method: 'GET',
    path: '/v1/deals/{dealId}',
    access: 'deals',
    summary: 'Read a deal',
    answer,
  }),
  updateDeal: route({
    method: 'PATCH',
    path: '/v1/deals/{dealId}',
    access: 'deals',
    summary: 'Change a deal',
    body: { kind: 'merge-patch', schema: DealEdit },
    answer,
    problems: ['illegal-transition'],
  }),
  moveDeal: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/move',
    access: 'deals',
    summary: 'Move a deal to another stage',
    body: { kind: 'json', schema: MoveInput },
    answer,
    problems: ['illegal-transition'],
  }),
  winDeal: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/win',
    access: 'deals',
    summary: 'Win a deal',
    body: { kind: 'json', schema: WinInput, optional: true },
    answer,
    problems: ['illegal-transition'],
  }),
  loseDeal: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/lose',
    access: 'deals',
    summary: 'Lose a deal',
    body: { kind: 'json', schema: LoseInput },
    answer,
    problems: ['illegal-transition'],
  }),
  reopenDeal: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/reopen',
    access: 'deals',
    summary: 'Open a closed deal again, in the stage it was in',
    body: { kind: 'json', schema: NoInput, optional: true },
    answer,
    problems: ['illegal-transition'],
  }),
  listDealTimeline: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/timeline',
    access: 'deals',
    summary: 'What happened to a deal, newest first',
    list: true,
    answer: { status: 200, schema: listOf(TimelineEntry) },
  }),
  ...pipelineRoutes,
  ...dealActivityRoutes,
  ...dealReportRoutes,
  ...quoteRoutes,
  ...documentRoutes,
};
