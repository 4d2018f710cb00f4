import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import { email, phone } from '../core/text.ts';
import { date, listOf } from '../core/values.ts';
import { ErasureReceipt } from '../resources/erasure.ts';
import { Lead } from '../resources/lead.ts';
import { LeadBatch, LeadBatchInput, LeadDuplicate, LeadLookup, LeadMergeInput, SourceRow } from '../resources/lead-operations.ts';

/** Operations on many leads at once: batches, duplicates, merging, who somebody is. */
export const leadRoutes = {
  createLeads: route({
    method: 'POST',
    path: '/v1/leads/batch',
    access: 'leads',
    summary: 'Create up to 100 leads',
    description:
      'Handled in order, each for itself: a result says what its lead would have been answered alone (201, 200, 409, 422). ' +
      'Each element of `leads` is a lead as for `POST /v1/leads`.',
    body: { kind: 'json', schema: LeadBatchInput },
    answer: { status: 200, schema: LeadBatch },
  }),
  listLeadDuplicates: route({
    method: 'GET',
    path: '/v1/leads/{leadId}/duplicates',
    access: 'leads',
    summary: 'Leads that may be the same person, newest first',
    description: 'The same e-mail, the same phone number (E.164), or the same name and company (case, accents and punctuation ignored).',
    list: true,
    answer: { status: 200, schema: listOf(LeadDuplicate), also: { 301: 'It was merged; this is where.' } },
  }),
  mergeLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/merge',
    access: 'leads',
    summary: 'Fold another lead into this one',
    description:
      'Blanks are filled, tags, touches and timelines united. GET on the source then redirects here. The period of reports stays that of ' +
      'this lead; its first touch is the earlier of both.',
    body: { kind: 'json', schema: LeadMergeInput },
    answer: { status: 200, schema: Lead, headers: ['ETag'] },
    problems: ['merged', 'not-mergeable'],
  }),
  eraseLead: route({
    method: 'POST',
    path: '/v1/leads/{leadId}/erase',
    access: 'leads',
    summary: 'Erase the person behind a lead',
    description:
      'The lead is gone at once. Within a minute so is the person, from leads, submissions, contacts, timelines and what others wrote; what ' +
      'stays is anonymous. The proof is at `GET /v1/erasures/{erasureId}`. It cannot be undone.',
    answer: { status: 202, schema: ErasureReceipt, headers: ['Location'] },
    problems: ['merged'],
  }),
  lookUp: route({
    method: 'GET',
    path: '/v1/lookup',
    access: 'leads',
    summary: 'Who is this',
    description: 'By e-mail, phone or both; the e-mail decides when they differ. A former address of a lead counts.',
    query: z.object({ email: z.optional(email()), phone: z.optional(phone()) }).check(
      z.refine((query) => query.email !== undefined || query.phone !== undefined, {
        error: 'an e-mail or a phone number is needed',
        path: ['email'],
        params: { code: 'required' },
      }),
    ),
    answer: { status: 200, schema: LeadLookup },
  }),
  reportSources: route({
    method: 'GET',
    path: '/v1/reports/sources',
    access: 'leads',
    summary: 'What each source and campaign brought',
    description:
      'Of leads captured from `from` through `to` (UTC days), in the order of source and campaign. `mql` and so on count leads that came ' +
      'that far, `won` those with a won deal. `attribution` is by the first touch, or by the last before converting.',
    list: true,
    query: z.object({
      from: z.optional(date()),
      to: z.optional(date()),
      attribution: z._default(z.enum(['first', 'last']), 'first'),
    }),
    answer: { status: 200, schema: listOf(SourceRow) },
  }),
};
