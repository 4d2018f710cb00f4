import { serveEvents } from '#runtime/consumer.ts';
import type { Edge } from '#runtime/edge.ts';
import { intake } from './service.ts';
import { erasePerson, forgetPerson } from './use-cases/erase-person.ts';
import { followContactDeletion, followContactMerge, recordInteraction } from './use-cases/follow-contacts.ts';
import { recordDeal, recordDealUpdate, recordReopening, recordWin } from './use-cases/project-deals.ts';
import {
  recordContact,
  recordConversion,
  recordDisqualification,
  recordFailedConversion,
  recordQualification,
  recordScore,
  recordStatus,
} from './use-cases/project-lead.ts';
import { workOffImport } from './use-cases/work-off-import.ts';

/** Intake's queue of events; `edge` is what tests put in the place of the cloud. */
export const consumeForIntake = (edge?: Edge) =>
  serveEvents({
    ...(edge === undefined ? {} : { edge }),
    service: intake,
    handlers: {
      ImportAdvanced: workOffImport,
      LeadScored: recordScore,
      LeadStatusChanged: recordStatus,
      LeadQualified: recordQualification,
      LeadDisqualified: recordDisqualification,
      LeadConverted: recordConversion,
      ConversionFailed: recordFailedConversion,
      ContactCreated: recordContact,
      ContactMerged: followContactMerge,
      ContactDeleted: followContactDeletion,
      InteractionLogged: recordInteraction,
      ContactUpdated: recordContact,
      DealCreated: recordDeal,
      DealWon: recordWin,
      DealReopened: recordReopening,
      DealDeleted: recordReopening,
      DealUpdated: recordDealUpdate,
      ErasureRequested: erasePerson,
      ErasureCompleted: forgetPerson,
    },
  });

export const handler = consumeForIntake();
