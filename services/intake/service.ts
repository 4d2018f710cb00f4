import { service } from '#contracts/core/service.ts';
import {
  ContactCreated,
  ContactDeleted,
  ContactMerged,
  ContactUpdated,
  ConversionFailed,
  InteractionLogged,
  LeadConverted,
} from '#contracts/events/accounts.ts';
import { DealCreated, DealDeleted, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import { ErasureCompleted, ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import { ImportAdvanced, LeadCaptured, LeadDeleted, LeadMerged, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import { LeadDisqualified, LeadQualified, LeadScored, LeadStatusChanged } from '#contracts/events/qualification.ts';
import { intakeRoutes } from '#contracts/routes/intake.ts';

/** What intake is: the way in, and the keeper of leads. */
export const intake = service({
  name: 'intake',
  purpose: 'Takes in leads from web forms and callers, one for each person, and keeps them.',
  routes: intakeRoutes,
  consumes: [
    ImportAdvanced,
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
    ContactUpdated,
    DealCreated,
    DealWon,
    DealReopened,
    DealDeleted,
    DealUpdated,
    ErasureRequested,
    ErasureCompleted,
  ],
  emits: [ImportAdvanced, LeadCaptured, LeadTouched, LeadUpdated, LeadMerged, LeadDeleted, ErasureRequested, PersonalDataErased],
  reads: [
    {
      owner: 'qualification',
      partitions: 'qualification#lead#*',
      why: 'A lead read by id shows its score and status as of now, and a change of it is held to its version as of now.',
    },
    { owner: 'accounts', partitions: 'accounts#contact#*', why: 'Whoever asks who somebody is hears of the contact as it is now.' },
    { owner: 'accounts', partitions: 'accounts#account#*', why: 'Whether somebody is a customer is what the account says now.' },
    { owner: 'accounts', partitions: 'accounts#erasure#*', why: 'Who is to be erased is looked for by all that is known of the person.' },
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
      // A go at an import takes up to 110 s: a file of 4 MiB, so that its next go need not queue behind the events of the first.
      timeout: 150,
      businessEffect: 'Lists show old scores and statuses of leads, and e-mail addresses of converted leads stay taken.',
    },
  },
});
