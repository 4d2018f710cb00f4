import { serveEvents } from '#runtime/consumer.ts';
import { accounts } from './service.ts';
import { convertLead } from './use-cases/convert-lead.ts';
import { countCreated, countDeleted, countLost, countReopened, countUpdated, countWon } from './use-cases/count-deal.ts';

export const handlers = {
  LeadQualified: convertLead,
  DealCreated: countCreated,
  DealUpdated: countUpdated,
  DealWon: countWon,
  DealLost: countLost,
  DealReopened: countReopened,
  DealDeleted: countDeleted,
};

export const handler = serveEvents({ service: accounts, handlers });
