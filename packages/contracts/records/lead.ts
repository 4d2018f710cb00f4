import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { timestamp } from '../core/values.ts';
import { LeadStanding, LeadState } from '../resources/lead.ts';
import { Gone } from './gone.ts';

/** Partition of a lead's item collection at intake: its record, touches and timeline. */
export const leadCollection = (leadId: string): string => `intake#lead#${leadId}`;

/** Key of intake's record of a lead, which qualification and deals may read (declared foreign reads). */
export const leadRecordKey = (leadId: string) => ({ pk: leadCollection(leadId), sk: 'record' });

/**
 * Standing as projected from the events of others, for lists. `actions` counts callers' lifecycle actions, `sequence` is that of
 * qualification's last event. The optional members settle what arrives out of order: the sequence of the last `LeadQualified` (`qualifiedBy`),
 * which conversion failed, and the deal of the conversion.
 */
export const ProjectedStanding = z.object({
  ...LeadStanding.shape,
  actions: z.int(),
  sequence: z.int(),
  updatedAt: z.optional(timestamp()),
  qualifiedBy: z.optional(z.int()),
  failure: z.optional(z.object({ qualifiedBy: z.int(), reason: z.string() })),
  dealId: z.optional(id('deal')),
});
export type ProjectedStanding = z.infer<typeof ProjectedStanding>;

const Origin = z.object({ source: z.string(), campaign: z.optional(z.string()) });

/**
 * Whom a lead is owed to and how far it came, as the report of sources has counted it: its first and its last touch before converting
 * (absent: the first), and how many won deals it has.
 */
export const Attribution = z.object({
  first: Origin,
  firstAt: timestamp(),
  last: z.optional(Origin),
  lastAt: z.optional(timestamp()),
  mql: z.optional(z.literal(true)),
  qualified: z.optional(z.literal(true)),
  converted: z.optional(z.literal(true)),
  won: z.optional(z.int()),
});
export type Attribution = z.infer<typeof Attribution>;

/** What stays of an erased lead, so that the report of sources stays right: nothing of the person. */
const Remains = z.object({ createdAt: timestamp(), attribution: Attribution });

/** Intake's record of a lead: the lead while it is there, `gone` after that. */
export const LeadRecord = z.object({
  lead: z.optional(LeadState),
  gone: z.optional(Gone),
  remains: z.optional(Remains),
  /** Number of the last event of intake about this lead. */
  sequence: z.int(),
  standing: z.optional(ProjectedStanding),
  /** Absent as long as the lead's own source and campaign at its creation say it. */
  attribution: z.optional(Attribution),
  /** Leads folded into this one, whose touches and timelines are read with its own. */
  mergedFrom: z.optional(z.array(id('lead'))),
});
export type LeadRecord = z.infer<typeof LeadRecord>;
