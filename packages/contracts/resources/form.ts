import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { country, longText, owner, tags, text, webUrl } from '../core/text.ts';
import { commonFields } from '../core/values.ts';
import { channels } from './lead.ts';

const origin = z.string().check(
  z.maxLength(500),
  z.refine((value) => URL.canParse(value) && new URL(value).origin === value, {
    error: 'must be an exact origin such as https://www.example.com',
    params: { code: 'origin' },
  }),
);

/** Lead fields that a form's `fieldMap` may name; `utm.source` and its like are dotted, `name` is a full name, split at its last space. */
export const mappableFields = [
  'name',
  'firstName',
  'lastName',
  'email',
  'phone',
  'jobTitle',
  'company',
  'website',
  'country',
  'interest',
  'message',
  'referrer',
  'landingPage',
  'utm.source',
  'utm.medium',
  'utm.campaign',
  'utm.term',
  'utm.content',
  'consent.marketing',
] as const;

/** Whose webhook payload a form's submissions are; `generic` is fields by name. */
export const formFormats = ['generic', 'typeform', 'tally', 'webflow', 'google-ads', 'meta-lead-ads'] as const;
export type FormFormat = (typeof formFormats)[number];

const FormFields = {
  name: text(),
  source: text(),
  channel: z._default(z.enum(channels), 'web-form'),
  campaign: z.optional(text()),
  fieldMap: z.optional(
    z
      .record(text(), z.enum(mappableFields))
      .check(z.refine((map) => Object.keys(map).length <= 50, { error: 'at most 50 fields', params: { code: 'too_big' } })),
  ),
  requiredFields: z.optional(z.array(z.enum(mappableFields)).check(z.maxLength(50))),
  allowedOrigins: z._default(z.array(origin).check(z.maxLength(50)), []),
  redirectUrl: z.optional(webUrl()),
  honeypotField: z._default(text(100), 'website_url'),
  tags: z._default(tags(), []),
  owner: z.optional(owner()),
  country: z.optional(country()),
  consentText: z.optional(longText()),
  active: z._default(z.boolean(), true),
  submissionsPerMinute: z._default(z.int().check(z.minimum(0), z.maximum(100_000)), 300),
  format: z._default(z.enum(formFormats), 'generic'),
};

/** What a marketer sets: where the leads of this form come from and who may post to it. */
export const FormInput = z.strictObject({
  ...FormFields,
  /**
   * Write-only. What the vendor signs its deliveries with; for `google-ads` the key in them, for `meta-lead-ads` also the verify token. Browsers
   * sign nothing, so a `generic` form has no use for it.
   */
  signingSecret: z.optional(text()),
});
export type FormInput = z.output<typeof FormInput>;

export const Form = z.object({ id: id('form'), ...FormFields, ...commonFields });
export type Form = z.infer<typeof Form>;

export const submissionStatuses = ['accepted', 'spam', 'test'] as const;

/** A form post as it arrived. `payload` is what was sent, field by field. */
export const Submission = z.object({
  id: id('submission'),
  formId: id('form'),
  status: z.enum(submissionStatuses),
  leadId: z.optional(id('lead')),
  payload: z.record(z.string(), z.unknown()),
  receivedAt: z.string(),
  ip: z.optional(z.string()),
  userAgent: z.optional(z.string()),
  referrer: z.optional(z.string()),
  ...commonFields,
});
export type Submission = z.infer<typeof Submission>;

/** The public answer to a form post; it never tells whether the person was known. */
export const SubmissionReceipt = z.object({ submissionId: id('submission'), receivedAt: z.string() });
export type SubmissionReceipt = z.infer<typeof SubmissionReceipt>;
