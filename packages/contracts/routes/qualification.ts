import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import {
  Criteria,
  CriteriaInput,
  DisqualifyInput,
  Funnel,
  NoInput,
  NurtureInput,
  Qualification,
  QualifyInput,
  SignalInput,
  SignalReceipt,
  Simulation,
  SimulationInput,
} from '../resources/qualification.ts';

const version = z.optional(
  z.pipe(z.string().check(z.regex(/^[1-9]\d{0,8}$/, { error: 'must be a whole number from 1' })), z.transform(Number)),
);
/** Each version is one item of the table, which takes 400 KB. */
const criteriaBytes = 256 * 1024;

/** A day, `2026-11-30`, a month, `2026-11`, or a time, of which the day counts. */
const day = z.optional(
  z.pipe(
    z.string().check(z.regex(/^\d{4}-\d\d(-\d\d([Tt].*)?)?$/, { error: 'must be a date such as 2026-11-30' })),
    z.transform((value) => value.slice(0, 10)),
  ),
);
const answer = { status: 200, schema: Qualification, headers: ['ETag'] } as const;

/** Operations of the qualification service: criteria, the score of a lead and its lifecycle. */
export const qualificationRoutes = {
  getCriteria: route({
    method: 'GET',
    path: '/v1/qualification/criteria',
    access: 'qualification',
    summary: 'Read the rule set leads are scored with',
    query: z.object({ version }),
    answer: { status: 200, schema: Criteria, headers: ['ETag'] },
    problems: ['not-found'],
  }),
  replaceCriteria: route({
    method: 'PUT',
    path: '/v1/qualification/criteria',
    access: 'qualification',
    summary: 'Write a new version of the rule set',
    description: 'Every version is kept. Open leads are scored anew in the background; of two changes the later one holds.',
    body: { kind: 'json', schema: CriteriaInput, maxBytes: criteriaBytes },
    answer: { status: 200, schema: Criteria, headers: ['ETag'] },
  }),
  simulateCriteria: route({
    method: 'POST',
    path: '/v1/qualification/simulations',
    access: 'qualification',
    summary: 'What a rule set would make of the open leads',
    description:
      'Nothing is stored. Of more than 10,000 open leads, or when time runs short, the newest are looked at, as many as `leads` says.',
    body: { kind: 'json', schema: SimulationInput, maxBytes: criteriaBytes },
    answer: { status: 200, schema: Simulation },
    servedBy: 'simulations',
  }),
  recordSignal: route({
    method: 'POST',
    path: '/v1/signals',
    access: 'qualification',
    summary: 'Tell what a person did, as marketing saw it',
    description:
      'A type that the criteria do not name is refused. The same `externalId` counts once. An address that no lead has yet is kept for 30 days.',
    body: { kind: 'json', schema: SignalInput },
    answer: { status: 202, schema: SignalReceipt },
  }),
  getFunnel: route({
    method: 'GET',
    path: '/v1/reports/funnel',
    access: 'qualification',
    summary: 'How far the leads captured in a period have come',
    description: '`from` and `to` are days, UTC, both included.',
    query: z.object({ from: day, to: day }),
    answer: { status: 200, schema: Funnel },
  }),
  getQualification: route({
    method: 'GET',
    path: '/v1/leads/{leadId}/qualification',
    access: 'qualification',
    summary: 'Where a lead stands, and why',
    answer,
  }),
  qualifyLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/qualify',
    access: 'qualification',
    summary: 'Hand a lead to sales',
    description: "Accepted; the conversion into contact, account and deal follows. `If-Match` is the lead's ETag.",
    body: { kind: 'json', schema: QualifyInput, optional: true },
    answer: { status: 202, schema: Qualification, headers: ['ETag'] },
    problems: ['illegal-transition'],
  }),
  disqualifyLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/disqualify',
    access: 'qualification',
    summary: 'Say that a lead is no prospect',
    body: { kind: 'json', schema: DisqualifyInput },
    answer,
    problems: ['illegal-transition'],
  }),
  nurtureLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/nurture',
    access: 'qualification',
    summary: 'Keep a lead warm until it is ready',
    description: 'With `until` it is `working` again by itself on that day.',
    body: { kind: 'json', schema: NurtureInput, optional: true },
    answer,
    problems: ['illegal-transition'],
  }),
  workLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/work',
    access: 'qualification',
    summary: 'Start to work a lead',
    body: { kind: 'json', schema: NoInput, optional: true },
    answer,
    problems: ['illegal-transition'],
  }),
  reopenLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/reopen',
    access: 'qualification',
    summary: 'Work a disqualified or nurtured lead again',
    body: { kind: 'json', schema: NoInput, optional: true },
    answer,
    problems: ['illegal-transition'],
  }),
};
