import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { route } from '../core/route.ts';
import { email, text } from '../core/text.ts';
import { listOf } from '../core/values.ts';
import { Form, FormInput, Submission, SubmissionReceipt, submissionStatuses } from '../resources/form.ts';
import { channels, Lead, LeadInput, leadStatuses, lifecycleStages, priorities, ratings, TimelineEntry, Touch } from '../resources/lead.ts';
import { importRoutes } from './imports.ts';
import { leadRoutes } from './leads.ts';
import { filter, timeFilter } from './query.ts';

/** Operations of the intake service: forms, submissions, leads. */
export const intakeRoutes = {
  ...leadRoutes,
  ...importRoutes,
  createForm: route({
    method: 'POST',
    path: '/v1/forms',
    access: 'intake',
    summary: 'Create a form',
    description:
      '`signingSecret` is write-only: what the vendor signs its deliveries with, for `google-ads` the key in them, for `meta-lead-ads` also the ' +
      'verify token. A wrong or missing signature is then answered 401. A `generic` form, which browsers post, has no use for it.',
    body: { kind: 'json', schema: FormInput },
    answer: { status: 201, schema: Form, headers: ['Location', 'ETag'] },
  }),
  listForms: route({
    method: 'GET',
    path: '/v1/forms',
    access: 'intake',
    summary: 'List forms',
    list: true,
    answer: { status: 200, schema: listOf(Form) },
  }),
  getForm: route({
    method: 'GET',
    path: '/v1/forms/{formId}',
    access: 'intake',
    summary: 'Read a form',
    answer: { status: 200, schema: Form, headers: ['ETag'] },
  }),
  updateForm: route({
    method: 'PATCH',
    path: '/v1/forms/{formId}',
    access: 'intake',
    summary: 'Change a form',
    body: { kind: 'merge-patch', schema: FormInput },
    answer: { status: 200, schema: Form, headers: ['ETag'] },
  }),
  deleteForm: route({
    method: 'DELETE',
    path: '/v1/forms/{formId}',
    access: 'intake',
    summary: 'Delete a form',
    answer: { status: 204 },
  }),
  submitForm: route({
    method: 'POST',
    path: '/v1/forms/{formId}/submissions',
    access: 'public',
    summary: 'Post a form',
    description:
      'JSON, application/x-www-form-urlencoded or multipart/form-data (no files), any fields: those that the form maps or that have one of ' +
      "our names become the lead's, the rest its `customFields`. A form whose `format` names a vendor takes that vendor's webhook instead. A " +
      'browser navigation (`Accept: text/html`) to a form with `redirectUrl` is answered 303, to another a page of thanks, and when something is ' +
      'wrong the form again, with what was typed. The same content from the same form within 10 minutes, or a redelivery by the vendor, is the ' +
      'same submission. The answer never tells whether the person was known.',
    body: { kind: 'form', schema: z.record(z.string(), z.unknown()) },
    answer: { status: 202, schema: SubmissionReceipt, also: { 303: "To the form's `redirectUrl`, for a browser navigation" } },
    problems: ['unauthenticated', 'origin-not-allowed', 'too-many-requests'],
    pages: [202, 422, 429],
  }),
  answerHandshake: route({
    method: 'GET',
    path: '/v1/forms/{formId}/submissions',
    access: 'public',
    summary: "Answer Meta's handshake",
    description:
      'For a form of the format `meta-lead-ads`: the challenge, when the verify token is its `signingSecret`. Any other form: 405.',
    query: z.object({
      'hub.mode': z.optional(z.string()),
      'hub.verify_token': z.optional(z.string()),
      'hub.challenge': z.optional(z.string().check(z.maxLength(500))),
    }),
    answer: { status: 200, contentType: 'text/plain' },
    problems: ['unauthenticated'],
  }),
  showForm: route({
    method: 'GET',
    path: '/f/{formId}',
    access: 'public',
    summary: 'The form as a page',
    description:
      'HTML that works without JavaScript. `utm_…` parameters go with the submission, and a parameter with the name of a field fills it in. ' +
      'Only forms of the format `generic` have a page.',
    query: z.object({ embed: z.optional(z.enum(['0', '1'])) }),
    answer: { status: 200, contentType: 'text/html' },
    pages: [404],
  }),
  listSubmissions: route({
    method: 'GET',
    path: '/v1/submissions',
    access: 'intake',
    summary: 'List submissions',
    list: true,
    query: z.object({ formId: z.optional(id('form')), status: z.optional(z.enum(submissionStatuses)) }),
    answer: { status: 200, schema: listOf(Submission) },
  }),
  getSubmission: route({
    method: 'GET',
    path: '/v1/submissions/{submissionId}',
    access: 'intake',
    summary: 'Read a submission',
    answer: { status: 200, schema: Submission, headers: ['ETag'] },
  }),
  releaseSubmission: route({
    method: 'POST',
    path: '/v1/submissions/{submissionId}/release',
    access: 'intake',
    summary: 'Release spam that was none',
    description: 'It becomes a lead as if it had been accepted. A submission that is not spam is answered as it is.',
    answer: { status: 200, schema: Submission, headers: ['ETag'] },
  }),
  createLead: route({
    method: 'POST',
    path: '/v1/leads',
    access: 'leads',
    summary: 'Create a lead',
    description:
      'A lead that holds the e-mail already: 409 with `existingId`, or with `onDuplicate=merge` 200: blanks filled, tags added, a touch.',
    query: z.object({ onDuplicate: z._default(z.enum(['reject', 'merge']), 'reject') }),
    body: { kind: 'json', schema: LeadInput },
    answer: { status: 201, also: { 200: 'Merged into the lead that holds the e-mail' }, schema: Lead, headers: ['Location', 'ETag'] },
    problems: ['duplicate'],
  }),
  listLeads: route({
    method: 'GET',
    path: '/v1/leads',
    access: 'leads',
    summary: 'List leads',
    list: true,
    query: z.object({
      status: z.optional(z.enum(leadStatuses)),
      rating: z.optional(z.enum(ratings)),
      lifecycleStage: z.optional(z.enum(lifecycleStages)),
      source: filter(),
      campaign: filter(),
      channel: z.optional(z.enum(channels)),
      interest: filter(),
      priority: z.optional(z.enum(priorities)),
      tag: z.optional(text().check(z.toLowerCase())),
      owner: filter(),
      createdAfter: timeFilter(),
      createdBefore: timeFilter(),
      email: z.optional(email()),
      q: filter(),
      sort: z._default(z.enum(['-createdAt', 'createdAt', '-score']), '-createdAt'),
    }),
    answer: { status: 200, schema: listOf(Lead) },
  }),
  getLead: route({
    method: 'GET',
    path: '/v1/leads/{leadId}',
    access: 'leads',
    summary: 'Read a lead',
    answer: { status: 200, schema: Lead, headers: ['ETag'] },
  }),
  updateLead: route({
    method: 'PATCH',
    path: '/v1/leads/{leadId}',
    access: 'leads',
    summary: 'Change a lead',
    body: { kind: 'merge-patch', schema: LeadInput },
    answer: { status: 200, schema: Lead, headers: ['ETag'] },
    problems: ['duplicate'],
  }),
  deleteLead: route({
    method: 'DELETE',
    path: '/v1/leads/{leadId}',
    access: 'leads',
    summary: 'Delete a lead',
    answer: { status: 204 },
  }),
  listLeadTimeline: route({
    method: 'GET',
    path: '/v1/leads/{leadId}/timeline',
    access: 'leads',
    summary: 'What happened to a lead, newest first',
    list: true,
    answer: { status: 200, schema: listOf(TimelineEntry) },
  }),
  listLeadTouches: route({
    method: 'GET',
    path: '/v1/leads/{leadId}/touches',
    access: 'leads',
    summary: 'Every capture of a lead, oldest first',
    list: true,
    answer: { status: 200, schema: listOf(Touch) },
  }),
};
