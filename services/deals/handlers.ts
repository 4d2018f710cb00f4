import { createDocument, createNote, getDocument, getNote, listDocuments, listNotes } from './use-cases/annotate-deal.ts';
import { getBilling, replaceBilling } from './use-cases/billing.ts';
import { createPipeline, deletePipeline, updatePipeline } from './use-cases/change-pipelines.ts';
import { cloneDeal } from './use-cases/clone-deal.ts';
import { loseDeal, reopenDeal, winDeal } from './use-cases/close-deal.ts';
import { createDeal } from './use-cases/create-deal.ts';
import { deleteDeal } from './use-cases/delete-deal.ts';
import { createInvoice, getInvoice, listInvoices, payInvoice, voidInvoice } from './use-cases/invoices.ts';
import { moveDeal } from './use-cases/move-deal.ts';
import { acceptQuote, createQuote, declineQuote, getQuote, listQuotes, sendQuote, updateQuote } from './use-cases/quotes.ts';
import { getDeal, listDeals, listDealTimeline } from './use-cases/read-deals.ts';
import { getBoard, getPipeline, listPipelines } from './use-cases/read-pipelines.ts';
import { getForecast, listDealHistory, reportLosses, reportVelocity } from './use-cases/read-reports.ts';
import { createTask, getTask, listDealTasks, listTasks, updateTask } from './use-cases/tasks.ts';
import { updateDeal } from './use-cases/update-deal.ts';

/** What each operation of the HTTP function does. */
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
  createPipeline,
  updatePipeline,
  deletePipeline,
  deleteDeal,
  cloneDeal,
  listDealHistory,
  createNote,
  listNotes,
  getNote,
  createDocument,
  listDocuments,
  getDocument,
  createTask,
  listDealTasks,
  listTasks,
  getTask,
  updateTask,
  getForecast,
  reportLosses,
  reportVelocity,
  createQuote,
  listQuotes,
  getQuote,
  updateQuote,
  sendQuote,
  acceptQuote,
  declineQuote,
  createInvoice,
  listInvoices,
  getInvoice,
  payInvoice,
  voidInvoice,
  getBilling,
  replaceBilling,
};
