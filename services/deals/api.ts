import { serveHttp } from '#runtime/http.ts';
import { deals } from './service.ts';
import { loseDeal, reopenDeal, winDeal } from './use-cases/close-deal.ts';
import { createDeal } from './use-cases/create-deal.ts';
import { moveDeal } from './use-cases/move-deal.ts';
import { getDeal, listDeals, listDealTimeline } from './use-cases/read-deals.ts';
import { getBoard, getPipeline, listPipelines } from './use-cases/read-pipelines.ts';
import { updateDeal } from './use-cases/update-deal.ts';

export const handlers = {
  listPipelines,
  getPipeline,
  getBoard,
  createDeal,
  listDeals,
  getDeal,
  updateDeal,
  moveDeal,
  winDeal,
  loseDeal,
  reopenDeal,
  listDealTimeline,
};

export const handler = serveHttp({ service: deals, handlers });
