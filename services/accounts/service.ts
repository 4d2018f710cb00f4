import { service } from '#contracts/core/service.ts';
import {
  AccountContactsMoved,
  AccountCreated,
  AccountDeleted,
  AccountMerged,
  AccountUpdated,
  ContactCreated,
  ContactDeleted,
  ContactMerged,
  ContactMoved,
  ContactUpdated,
  ConversionFailed,
  InteractionLogged,
  LeadConverted,
} from '#contracts/events/accounts.ts';
import { DealCreated, DealDeleted, DealLost, DealReopened, DealStageChanged, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import { ErasureCompleted, ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import { LeadCaptured, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import { LeadDisqualified, LeadQualified, LeadStatusChanged } from '#contracts/events/qualification.ts';
import { accountsRoutes } from '#contracts/routes/accounts.ts';

/** Knows whom we do business with, and makes contacts and accounts of qualified leads. */
export const accounts = service({
  name: 'accounts',
  purpose: 'Keeps accounts and contacts, and converts qualified leads into them exactly once.',
  routes: accountsRoutes,
  consumes: [
    LeadCaptured,
    LeadTouched,
    LeadUpdated,
    LeadStatusChanged,
    LeadDisqualified,
    LeadQualified,
    LeadConverted,
    DealCreated,
    DealUpdated,
    DealStageChanged,
    DealWon,
    DealLost,
    DealReopened,
    DealDeleted,
    AccountMerged,
    AccountDeleted,
    AccountContactsMoved,
    ErasureRequested,
    PersonalDataErased,
  ],
  emits: [
    AccountCreated,
    AccountUpdated,
    AccountMerged,
    AccountDeleted,
    AccountContactsMoved,
    ContactCreated,
    ContactUpdated,
    ContactMoved,
    ContactMerged,
    ContactDeleted,
    LeadConverted,
    ConversionFailed,
    InteractionLogged,
    ErasureRequested,
    PersonalDataErased,
    ErasureCompleted,
  ],
  reads: [
    { owner: 'intake', partitions: 'intake#lead#*', why: 'A lead that a caller names as the origin of a contact must exist.' },
    {
      owner: 'intake',
      partitions: 'intake#erasure#*',
      why: 'An erasure that intake began is asked about here, and who is meant is looked for.',
    },
    {
      owner: 'deals',
      partitions: 'deals#deal#*',
      why: "A deal that an interaction is about must exist; it is told with the deal's contacts and account.",
    },
  ],
  functions: {
    http: {
      entry: 'api.ts',
      memory: 512,
      timeout: 15,
      businessEffect: 'Nobody can look up or change accounts and contacts.',
    },
    events: {
      entry: 'events.ts',
      memory: 512,
      timeout: 20,
      businessEffect: 'Qualified leads are not converted, so no deals are opened; deal counters of accounts fall behind.',
    },
  },
});
