import { serveEvents } from '#runtime/consumer.ts';
import { qualification } from './service.ts';
import { erasePerson } from './use-cases/erase-person.ts';
import { recordConversion, recordFailure } from './use-cases/follow-conversion.ts';
import { recordDeal, recordWin } from './use-cases/follow-deals.ts';
import { forgetLead } from './use-cases/forget-lead.ts';
import { recordEngagement } from './use-cases/record-signal.ts';
import { requestQualification } from './use-cases/request-qualification.ts';
import { rescoreShard } from './use-cases/rescore-leads.ts';
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
  RescoringRequested: rescoreShard,
  ErasureRequested: erasePerson,
  EngagementRecorded: recordEngagement,
  QualificationRequested: requestQualification,
};

export const handler = serveEvents({ service: qualification, handlers });
