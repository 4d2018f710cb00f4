import { service } from '#contracts/core/service.ts';
import { AccountDeleted, AccountMerged, ContactMerged, InteractionLogged, LeadConverted } from '#contracts/events/accounts.ts';
import {
  DealCreated,
  DealDeleted,
  DealLost,
  DealReopened,
  DealRotten,
  DealStageChanged,
  DealUpdated,
  DealWon,
  TaskDue,
} from '#contracts/events/deals.ts';
import { ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import { documentEvents } from '#contracts/events/quotes.ts';
import { dealsRoutes } from '#contracts/routes/deals.ts';

export const deals = service({
  name: 'deals',
  purpose: 'Pipelines and their boards; deals from the first conversation to won or lost; quotes and invoices',
  routes: dealsRoutes,
  consumes: [LeadConverted, AccountMerged, AccountDeleted, ContactMerged, InteractionLogged, ErasureRequested],
  emits: [
    DealCreated,
    DealUpdated,
    DealStageChanged,
    DealWon,
    DealLost,
    DealReopened,
    DealDeleted,
    DealRotten,
    TaskDue,
    ...documentEvents,
    PersonalDataErased,
  ],
  reads: [
    { owner: 'accounts', partitions: 'accounts#account#*', why: 'a deal is opened with an account that exists' },
    { owner: 'accounts', partitions: 'accounts#contact#*', why: 'a deal is opened with contacts that exist' },
    { owner: 'intake', partitions: 'intake#lead#*', why: 'a deal is opened for a lead that exists' },
    { owner: 'intake', partitions: 'intake#erasure#*', why: 'who is to be erased is looked for in what was written about deals' },
    { owner: 'accounts', partitions: 'accounts#erasure#*', why: 'who is to be erased is looked for in what was written about deals' },
    { owner: 'qualification', partitions: 'qualification#lead#*', why: 'a deal is opened for a lead that is qualified or converted' },
  ],
  functions: {
    http: {
      entry: 'api.ts',
      memory: 512,
      timeout: 15,
      businessEffect: 'Sales can neither see nor move deals; the board is blank.',
    },
    events: {
      entry: 'events.ts',
      memory: 512,
      timeout: 20,
      businessEffect: 'Converted leads get no deal, so that nobody in sales follows them up.',
    },
    others: {
      documents: {
        entry: 'documents.ts',
        memory: 1024,
        timeout: 15,
        businessEffect: 'Quotes and invoices cannot be had as PDF, so that none can be sent to a customer.',
      },
    },
    schedules: {
      sweep: {
        entry: 'sweep.ts',
        memory: 512,
        timeout: 60,
        every: 'rate(1 minute)',
        businessEffect: 'Nobody is told of follow-ups that are due, deals that rot and quotes that expire.',
      },
    },
  },
});
