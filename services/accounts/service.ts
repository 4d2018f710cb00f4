import { service } from '#contracts/core/service.ts';
import {
  AccountCreated,
  AccountUpdated,
  ContactCreated,
  ContactUpdated,
  ConversionFailed,
  LeadConverted,
} from '#contracts/events/accounts.ts';
import { DealCreated, DealDeleted, DealLost, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import { LeadQualified } from '#contracts/events/qualification.ts';
import { accountsRoutes } from '#contracts/routes/accounts.ts';

/** Knows whom we do business with, and makes contacts and accounts of qualified leads. */
export const accounts = service({
  name: 'accounts',
  purpose: 'Keeps accounts and contacts, and converts qualified leads into them exactly once.',
  routes: accountsRoutes,
  consumes: [LeadQualified, DealCreated, DealUpdated, DealWon, DealLost, DealReopened, DealDeleted],
  emits: [AccountCreated, AccountUpdated, ContactCreated, ContactUpdated, LeadConverted, ConversionFailed],
  reads: [{ owner: 'intake', partitions: 'intake#lead#*', why: 'A lead that a caller names as the origin of a contact must exist.' }],
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
