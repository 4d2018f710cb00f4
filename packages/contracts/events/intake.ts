import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { LeadState, Touch } from '../resources/lead.ts';

export const LeadCaptured = event({
  name: 'LeadCaptured',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A person or company showed interest for the first time, or again after an earlier lead was converted.',
  data: z.object({ lead: LeadState, submissionId: z.optional(id('submission')), formId: z.optional(id('form')) }),
});

export const LeadTouched = event({
  name: 'LeadTouched',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A known lead was captured again; blanks were filled, nothing overwritten.',
  data: z.object({ lead: LeadState, touch: Touch }),
});

export const LeadUpdated = event({
  name: 'LeadUpdated',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A caller changed fields of a lead.',
  data: z.object({ lead: LeadState, changed: z.array(z.string()) }),
});

export const LeadDeleted = event({
  name: 'LeadDeleted',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A caller deleted a lead; its e-mail is free again.',
  data: z.object({ leadId: id('lead') }),
});

export const LeadMerged = event({
  name: 'LeadMerged',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A caller folded a lead into another, which stands for it from now on. What the other gained is said by its own `LeadUpdated`.',
  data: z.object({ leadId: id('lead'), mergedInto: id('lead') }),
});

export const ImportAdvanced = event({
  name: 'ImportAdvanced',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'An import was accepted or has come further, and there are rows left to work off; `run` counts the goes at it from 1.',
  data: z.object({ importId: id('import'), run: z.int().check(z.minimum(1)) }),
});
