import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { text } from '../core/text.ts';
import { disqualifyReasons, LeadStanding, LeadState, leadStatuses, lifecycleStages, ratings } from '../resources/lead.ts';
import { about, ConversionWish, DealWish, namesOneLead, signalFields } from '../resources/qualification.ts';

const scoring = {
  score: z.number(),
  rating: z.enum(ratings),
  lifecycleStage: z.enum(lifecycleStages),
};

/** The lead's standing after the event, with how many lifecycle actions callers have taken (`actions`, part of the lead's version). */
const standing = { standing: z.object({ ...LeadStanding.shape, actions: z.int() }) };

export const LeadScored = event({
  name: 'LeadScored',
  schemaVersion: 1,
  sources: ['qualification'],
  summary: 'The score, rating or lifecycle stage of a lead changed.',
  data: z.object({ ...scoring, previous: z.nullable(z.object(scoring)), criteriaVersion: z.int(), ...standing }),
});

export const LeadStatusChanged = event({
  name: 'LeadStatusChanged',
  schemaVersion: 1,
  sources: ['qualification'],
  summary: 'A lead is being worked, nurtured or was reopened.',
  data: z.object({ from: z.enum(leadStatuses), to: z.enum(leadStatuses), reason: z.optional(z.string()), ...standing }),
});

export const LeadQualified = event({
  name: 'LeadQualified',
  schemaVersion: 1,
  sources: ['qualification'],
  summary: 'A lead was handed to sales, or its failed conversion was asked for again; it is to be converted.',
  data: z.object({
    lead: LeadState,
    score: z.number(),
    rating: z.enum(ratings),
    reason: z.optional(z.string()),
    conversion: ConversionWish,
    ...standing,
  }),
});

export const LeadDisqualified = event({
  name: 'LeadDisqualified',
  schemaVersion: 1,
  sources: ['qualification'],
  summary: 'A lead is no prospect, for the reason given.',
  data: z.object({ reason: z.enum(disqualifyReasons), note: z.optional(z.string()), ...standing }),
});

export const RescoringRequested = event({
  name: 'RescoringRequested',
  schemaVersion: 1,
  sources: ['qualification'],
  summary: 'Other criteria hold: the open leads of a shard, from the one after `after` on, are to be scored by them.',
  data: z.object({ criteriaVersion: z.int(), shard: z.int(), after: z.optional(id('lead')) }),
});

export const EngagementRecorded = event({
  name: 'EngagementRecorded',
  schemaVersion: 1,
  sources: [],
  outside: 'marketing.',
  summary: 'An automation saw a person do something; counts as `POST /v1/signals`. For a lead not known yet it waits 24 h.',
  data: z.object(signalFields).check(namesOneLead),
});

export const QualificationRequested = event({
  name: 'QualificationRequested',
  schemaVersion: 1,
  sources: [],
  outside: 'marketing.',
  summary: 'An automation hands a lead to sales. For a lead not known yet it waits 24 h.',
  data: z
    .object({
      ...about,
      reason: z.optional(text()),
      createDeal: z._default(z.boolean(), true),
      deal: z.optional(DealWish),
    })
    .check(namesOneLead),
});
