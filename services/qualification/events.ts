import { serveEvents } from '#runtime/consumer.ts';
import { qualification } from './service.ts';
import { recordConversion, recordFailure } from './use-cases/follow-conversion.ts';
import { recordDeal, recordWin } from './use-cases/follow-deals.ts';
import { forgetLead } from './use-cases/forget-lead.ts';
import { scoreLead } from './use-cases/score-lead.ts';

export const handlers = {
  LeadCaptured: scoreLead,
  LeadTouched: scoreLead,
  LeadUpdated: scoreLead,
  LeadDeleted: forgetLead,
  LeadMerged: forgetLead,
  LeadConverted: recordConversion,
  ConversionFailed: recordFailure,
  DealCreated: recordDeal,
  DealWon: recordWin,
};

export const handler = serveEvents({ service: qualification, handlers });
