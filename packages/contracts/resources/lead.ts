import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { email, longText, owner, phone, tags, text } from '../core/text.ts';
import { Address, commonFields, customFields, socialProfiles, timestamp, timestampInput } from '../core/values.ts';

export const channels = [
  'web-form',
  'landing-page',
  'social',
  'event',
  'advertisement',
  'email',
  'phone',
  'referral',
  'purchased-list',
  'import',
  'api',
  'manual',
] as const;
export const leadStatuses = ['new', 'working', 'nurturing', 'qualified', 'converted', 'disqualified'] as const;
export type LeadStatus = (typeof leadStatuses)[number];
export const ratings = ['cold', 'warm', 'hot'] as const;
export type Rating = (typeof ratings)[number];
export const lifecycleStages = ['lead', 'mql', 'sql', 'customer'] as const;
export type LifecycleStage = (typeof lifecycleStages)[number];
export const priorities = ['low', 'normal', 'high'] as const;
export const disqualifyReasons = [
  'no-budget',
  'no-authority',
  'no-need',
  'bad-timing',
  'unreachable',
  'competitor',
  'not-a-fit',
  'spam',
  'other',
] as const;

export const Utm = z.strictObject({
  source: z.optional(text()),
  medium: z.optional(text()),
  campaign: z.optional(text()),
  term: z.optional(text()),
  content: z.optional(text()),
});
export type Utm = z.infer<typeof Utm>;

export const Consent = z.strictObject({
  marketing: z.boolean(),
  text: z.optional(longText()),
  at: z.optional(timestampInput()),
});

/** What a caller may say of a lead. */
const writable = {
  kind: z.optional(z.enum(['person', 'company'])),
  firstName: z.optional(text()),
  lastName: z.optional(text()),
  email: z.optional(email()),
  phone: z.optional(phone()),
  jobTitle: z.optional(text()),
  company: z.optional(text()),
  website: z.optional(text()),
  country: z.optional(text()),
  address: z.optional(Address),
  socialProfiles: z.optional(socialProfiles()),
  interest: z.optional(text()),
  message: z.optional(longText()),
  priority: z.optional(z.enum(priorities)),
  source: z.optional(text()),
  campaign: z.optional(text()),
  channel: z.optional(z.enum(channels)),
  utm: z.optional(Utm),
  referrer: z.optional(text()),
  landingPage: z.optional(text()),
  tags: z.optional(tags()),
  owner: z.optional(owner()),
  consent: z.optional(Consent),
  customFields: z.optional(customFields()),
};

/** A lead as callers create it; it needs an `email`, a `phone`, or a `lastName` or `company`. */
export const LeadInput = z.strictObject(writable).check(
  z.refine((lead) => [lead.email, lead.phone, lead.lastName, lead.company].some((value) => value !== undefined), {
    error: 'a lead needs an email, a phone, or a lastName or company',
    params: { code: 'contact_missing' },
  }),
);
export type LeadInput = z.output<typeof LeadInput>;

/** The lead as its owner, intake, keeps it and as events carry it: what callers said, nothing that other services derive. */
export const LeadState = z.object({
  id: id('lead'),
  ...writable,
  kind: z.enum(['person', 'company']),
  priority: z.enum(priorities),
  source: text(),
  channel: z.enum(channels),
  tags: tags(),
  phoneE164: z.optional(z.string()),
  touches: z.int().check(z.minimum(1)),
  knownContactId: z.optional(id('contact')),
  formId: z.optional(id('form')),
  ...commonFields,
});
export type LeadState = z.infer<typeof LeadState>;

export const Conversion = z.object({
  status: z.enum(['pending', 'done', 'failed']),
  reason: z.optional(z.string()),
});
export const ConvertedTo = z.object({
  contactId: id('contact'),
  accountId: id('account'),
  dealId: z.optional(id('deal')),
});
export type ConvertedTo = z.infer<typeof ConvertedTo>;

/** What qualification and what follows it add to a lead. */
export const LeadStanding = z.object({
  status: z.enum(leadStatuses),
  lifecycleStage: z.enum(lifecycleStages),
  score: z.number().check(z.minimum(0), z.maximum(100)),
  rating: z.enum(ratings),
  convertedTo: z.optional(ConvertedTo),
  conversion: z.optional(Conversion),
  disqualifiedReason: z.optional(z.enum(disqualifyReasons)),
});
export type LeadStanding = z.infer<typeof LeadStanding>;

/** The lead as the API answers it. */
export const Lead = z.object({ ...LeadState.shape, ...LeadStanding.shape });
export type Lead = z.infer<typeof Lead>;

/** One capture of a lead, by a form or the API. */
export const Touch = z.object({
  at: timestamp(),
  submissionId: z.optional(id('submission')),
  formId: z.optional(id('form')),
  source: text(),
  campaign: z.optional(text()),
  channel: z.enum(channels),
  utm: z.optional(Utm),
  landingPage: z.optional(z.string()),
});
export type Touch = z.infer<typeof Touch>;

/** Something that happened to a record; `type` is an event's name. */
export const TimelineEntry = z.object({
  id: z.string(),
  type: z.string(),
  at: timestamp(),
  actor: z.string(),
  correlationId: z.string(),
  summary: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;
