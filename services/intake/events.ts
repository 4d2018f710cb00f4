import { serveEvents } from '#runtime/consumer.ts';
import { intake } from './service.ts';
import {
  recordContact,
  recordConversion,
  recordDeal,
  recordDisqualification,
  recordFailedConversion,
  recordQualification,
  recordScore,
  recordStatus,
  recordWin,
} from './use-cases/project-lead.ts';

export const handler = serveEvents({
  service: intake,
  handlers: {
    LeadScored: recordScore,
    LeadStatusChanged: recordStatus,
    LeadQualified: recordQualification,
    LeadDisqualified: recordDisqualification,
    LeadConverted: recordConversion,
    ConversionFailed: recordFailedConversion,
    ContactCreated: recordContact,
    DealCreated: recordDeal,
    DealWon: recordWin,
  },
});
