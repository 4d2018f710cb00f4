import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { longText, text } from '../core/text.ts';
import { date, Money, timestamp } from '../core/values.ts';
import { disqualifyReasons, LeadStanding, leadStatuses } from './lead.ts';

export const conditionOperators = ['eq', 'ne', 'in', 'contains', 'startsWith', 'endsWith', 'exists', 'gt', 'gte', 'lt', 'lte'] as const;
const scalar = z.union([z.string().check(z.maxLength(500)), z.number(), z.boolean()]);

/** One comparison of a lead's field; `field` is dotted for nested ones (`utm.medium`), or `emailDomain`, `freeEmail`, `touches`. */
export const Comparison = z.strictObject({
  field: text(200),
  op: z.enum(conditionOperators),
  value: z.optional(z.union([scalar, z.array(scalar).check(z.maxLength(200))])),
});
export type Comparison = z.infer<typeof Comparison>;
export type Condition =
  | Comparison
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** A condition, at most 5 deep. */
export const Condition: z.ZodMiniType<Condition> = z.lazy(() =>
  z.union([
    Comparison,
    z.strictObject({ all: z.array(Condition).check(z.minLength(1), z.maxLength(50)) }),
    z.strictObject({ any: z.array(Condition).check(z.minLength(1), z.maxLength(50)) }),
    z.strictObject({ not: Condition }),
  ]),
);

const points = z.number().check(z.minimum(-1000), z.maximum(1000));

export const ScoringRule = z.strictObject({ id: text(100), label: text(), when: Condition, points });
export type ScoringRule = z.infer<typeof ScoringRule>;

export const SignalWeight = z.strictObject({
  points,
  halfLifeDays: z.optional(z.number().check(z.gt(0), z.maximum(3650))),
  max: z.optional(z.number().check(z.minimum(0), z.maximum(1000))),
});

const threshold = z.number().check(z.minimum(0), z.maximum(100));

/** The rule set that leads are scored with. */
export const CriteriaInput = z.strictObject({
  rules: z.array(ScoringRule).check(z.maxLength(200)),
  signals: z.record(text(100), SignalWeight),
  thresholds: z.strictObject({ warm: threshold, hot: threshold, mql: threshold }),
  autoQualify: z.strictObject({
    enabled: z.boolean(),
    minScore: threshold,
    requiredFields: z.array(text(200)).check(z.maxLength(50)),
  }),
});
export type CriteriaInput = z.infer<typeof CriteriaInput>;

export const Criteria = z.object({
  ...CriteriaInput.shape,
  version: z.int().check(z.minimum(1)),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});
export type Criteria = z.infer<typeof Criteria>;

export const Contribution = z.object({ ruleId: z.string(), label: z.string(), points: z.number() });
export type Contribution = z.infer<typeof Contribution>;

export const StatusChange = z.object({
  from: z.nullable(z.enum(leadStatuses)),
  to: z.enum(leadStatuses),
  at: timestamp(),
  actor: z.string(),
  reason: z.optional(z.string()),
});
export type StatusChange = z.infer<typeof StatusChange>;

/** Where a lead stands and why: the contributions add up to the score. */
export const Qualification = z.object({
  leadId: id('lead'),
  ...LeadStanding.shape,
  criteriaVersion: z.int(),
  contributions: z.array(Contribution),
  signals: z.array(z.object({ type: z.string(), at: timestamp(), points: z.number() })),
  history: z.array(StatusChange),
});
export type Qualification = z.infer<typeof Qualification>;

/** What the deal that follows a qualification is to be. */
export const DealWish = z.strictObject({
  name: z.optional(text()),
  amount: z.optional(Money),
  expectedCloseDate: z.optional(date()),
  pipelineId: z.optional(id('pipeline')),
});

export const QualifyInput = z.strictObject({
  reason: z.optional(text()),
  createDeal: z._default(z.boolean(), true),
  deal: z.optional(DealWish),
  accountId: z.optional(id('account')),
  contactId: z.optional(id('contact')),
});
export type QualifyInput = z.output<typeof QualifyInput>;

/** What converting a lead is to lead to; carried from `LeadQualified` to `LeadConverted`. */
export const ConversionWish = z.object({
  createDeal: z.boolean(),
  deal: z.optional(DealWish),
  accountId: z.optional(id('account')),
  contactId: z.optional(id('contact')),
});
export type ConversionWish = z.infer<typeof ConversionWish>;

export const DisqualifyInput = z.strictObject({ reason: z.enum(disqualifyReasons), note: z.optional(longText()) });
export type DisqualifyInput = z.infer<typeof DisqualifyInput>;

/** Body of actions that take nothing. */
export const NoInput = z.strictObject({});
