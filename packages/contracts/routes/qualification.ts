import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import { Criteria, DisqualifyInput, NoInput, Qualification, QualifyInput } from '../resources/qualification.ts';

const version = z.optional(
  z.pipe(z.string().check(z.regex(/^[1-9]\d{0,8}$/, { error: 'must be a whole number from 1' })), z.transform(Number)),
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
