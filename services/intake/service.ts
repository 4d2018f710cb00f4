import { service } from '#contracts/core/service.ts';
import {
  ContactCreated,
  ContactDeleted,
  ContactMerged,
  ConversionFailed,
  InteractionLogged,
  LeadConverted,
} from '#contracts/events/accounts.ts';
import { DealCreated, DealWon } from '#contracts/events/deals.ts';
import { LeadCaptured, LeadDeleted, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import { LeadDisqualified, LeadQualified, LeadScored, LeadStatusChanged } from '#contracts/events/qualification.ts';
import { intakeRoutes } from '#contracts/routes/intake.ts';

/** What intake is: the way in, and the keeper of leads. */
export const intake = service({
  name: 'intake',
  purpose: 'Takes in leads from web forms and callers, one for each person, and keeps them.',
  routes: intakeRoutes,
  consumes: [
    LeadScored,
    LeadStatusChanged,
    LeadQualified,
    LeadDisqualified,
    LeadConverted,
    ConversionFailed,
    ContactCreated,
    ContactMerged,
    ContactDeleted,
    InteractionLogged,
    DealCreated,
    DealWon,
  ],
  emits: [LeadCaptured, LeadTouched, LeadUpdated, LeadDeleted],
  reads: [
    {
      owner: 'qualification',
      partitions: 'qualification#lead#*',
      why: 'A lead read by id shows its score and status as of now, and a change of it is held to its version as of now.',
    },
  ],
  functions: {
    http: {
      entry: 'api.ts',
      memory: 512,
      timeout: 15,
      businessEffect: "Form posts on customers' web sites are refused and new leads are lost; leads cannot be read or changed.",
    },
    events: {
      entry: 'events.ts',
      memory: 512,
      timeout: 20,
      businessEffect: 'Lists show old scores and statuses of leads, and e-mail addresses of converted leads stay taken.',
    },
  },
});
