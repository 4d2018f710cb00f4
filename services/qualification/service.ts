import { service } from '#contracts/core/service.ts';
import { ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import { DealCreated, DealWon } from '#contracts/events/deals.ts';
import { ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import { LeadCaptured, LeadDeleted, LeadMerged, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import {
  EngagementRecorded,
  LeadDisqualified,
  LeadQualified,
  LeadScored,
  LeadStatusChanged,
  QualificationRequested,
  RescoringRequested,
} from '#contracts/events/qualification.ts';
import { qualificationRoutes } from '#contracts/routes/qualification.ts';

/** Says how good a lead is, why, and where it stands between new and converted. */
export const qualification = service({
  name: 'qualification',
  purpose: 'Scores leads by a rule set and leads them through their lifecycle.',
  routes: qualificationRoutes,
  consumes: [
    LeadCaptured,
    LeadTouched,
    LeadUpdated,
    LeadDeleted,
    LeadMerged,
    LeadConverted,
    ConversionFailed,
    DealCreated,
    DealWon,
    RescoringRequested,
    ErasureRequested,
    EngagementRecorded,
    QualificationRequested,
  ],
  emits: [LeadScored, LeadStatusChanged, LeadQualified, LeadDisqualified, RescoringRequested, PersonalDataErased],
  reads: [
    {
      owner: 'intake',
      partitions: 'intake#lead#*',
      why: 'Lifecycle actions must work right after a lead is created, before its first event arrives, and never on one that is gone.',
    },
    { owner: 'accounts', partitions: 'accounts#account#*', why: 'An account named at qualifying must exist.' },
    { owner: 'accounts', partitions: 'accounts#contact#*', why: 'A contact named at qualifying must exist.' },
    { owner: 'intake', partitions: 'intake#erasure#*', why: 'Who is to be erased is looked for by all that is known of the person.' },
    { owner: 'accounts', partitions: 'accounts#erasure#*', why: 'Who is to be erased is looked for by all that is known of the person.' },
    { owner: 'deals', partitions: 'deals#pipeline#*', why: 'A pipeline named at qualifying must exist.' },
  ],
  functions: {
    http: {
      entry: 'api.ts',
      memory: 512,
      timeout: 15,
      businessEffect: 'Sales cannot qualify, disqualify or reopen leads, nor see why a lead has its score.',
    },
    events: {
      entry: 'events.ts',
      memory: 512,
      timeout: 20,
      businessEffect: 'New leads get no score, and converted leads go on looking merely qualified.',
    },
    others: {
      simulations: {
        entry: 'simulations.ts',
        memory: 1769,
        timeout: 29,
        businessEffect: 'Nobody can see what a change of the criteria would do before it is made.',
      },
    },
    schedules: {
      sweep: {
        entry: 'sweep.ts',
        memory: 512,
        timeout: 55,
        every: 'rate(1 minute)',
        businessEffect: 'Scores keep the weight of old engagement, and nurtured leads do not come back on their day.',
      },
    },
  },
});
