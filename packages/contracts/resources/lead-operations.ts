import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { ProblemDetails } from '../core/problems.ts';
import { Money } from '../core/values.ts';
import { Lead } from './lead.ts';

export const onDuplicate = ['reject', 'merge'] as const;

/** Up to 100 leads, each checked and handled for itself, in order. */
export const LeadBatchInput = z.strictObject({
  leads: z.array(z.unknown()).check(z.minLength(1), z.maxLength(100)),
  onDuplicate: z._default(z.enum(onDuplicate), 'reject'),
});

/** What became of one lead of a batch; `status` is the HTTP status it would have had alone. */
export const LeadBatchResult = z.object({
  index: z.int(),
  status: z.int(),
  id: z.optional(id('lead')),
  problem: z.optional(ProblemDetails),
});
export type LeadBatchResult = z.infer<typeof LeadBatchResult>;

export const LeadBatch = z.object({ results: z.array(LeadBatchResult) });

export const duplicateReasons = ['email', 'phone', 'name+company'] as const;
export type DuplicateReason = (typeof duplicateReasons)[number];

/** Another lead that may be the same person or company, and why. */
export const LeadDuplicate = z.object({ id: id('lead'), reasons: z.array(z.enum(duplicateReasons)), lead: Lead });
export type LeadDuplicate = z.infer<typeof LeadDuplicate>;

export const LeadMergeInput = z.strictObject({ sourceId: id('lead') });

export const LeadLookup = z.object({
  standing: z.enum(['customer', 'contact', 'lead', 'unknown']),
  leadId: z.optional(id('lead')),
  contactId: z.optional(id('contact')),
  accountId: z.optional(id('account')),
});
export type LeadLookup = z.infer<typeof LeadLookup>;

/** What a source and campaign brought: counts of leads, and what their deals were won for. */
export const SourceRow = z.object({
  source: z.string(),
  campaign: z.optional(z.string()),
  leads: z.int(),
  mql: z.int(),
  qualified: z.int(),
  converted: z.int(),
  won: z.int(),
  wonAmount: z.array(Money),
  conversionRate: z.number(),
});
export type SourceRow = z.infer<typeof SourceRow>;
