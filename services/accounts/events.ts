import { serveEvents } from '#runtime/consumer.ts';
import { accounts } from './service.ts';
import { convertLead } from './use-cases/convert-lead.ts';
import { countCreated, countDeleted, countLost, countReopened, countUpdated, countWon, tellStage } from './use-cases/count-deal.ts';
import { concludeRound, erasePerson } from './use-cases/erase-person.ts';
import { followDeletion, followFurther, followMerge } from './use-cases/follow-account.ts';
import { takeOverStory, tellCaptured, tellDisqualified, tellStatus, tellTouched, tellUpdated } from './use-cases/tell-lead.ts';

export const handlers = {
  LeadCaptured: tellCaptured,
  LeadTouched: tellTouched,
  LeadUpdated: tellUpdated,
  LeadStatusChanged: tellStatus,
  LeadDisqualified: tellDisqualified,
  LeadQualified: convertLead,
  LeadConverted: takeOverStory,
  DealCreated: countCreated,
  DealUpdated: countUpdated,
  DealStageChanged: tellStage,
  DealWon: countWon,
  DealLost: countLost,
  DealReopened: countReopened,
  DealDeleted: countDeleted,
  AccountMerged: followMerge,
  AccountDeleted: followDeletion,
  AccountContactsMoved: followFurther,
  ErasureRequested: erasePerson,
  PersonalDataErased: concludeRound,
};

export const handler = serveEvents({ service: accounts, handlers });
