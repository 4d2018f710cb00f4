import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { email, longText, text } from '../core/text.ts';
import { date, Money, timestamp, timestampInput } from '../core/values.ts';
import { disqualifyReasons, LeadStanding, leadStatuses, ratings } from './lead.ts';

export const conditionOperators = ['eq', 'ne', 'in', 'contains', 'startsWith', 'endsWith', 'exists', 'gt', 'gte', 'lt', 'lte'] as const;
const scalar = z.union([z.string().check(z.maxLength(500)), z.number(), z.boolean()]);

const isNumeric = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)));

/** What each operator may be given; undefined when it fits. */
const valueFault = (op: (typeof conditionOperators)[number], value: unknown): string | undefined => {
  if (op === 'exists') return value === undefined || typeof value === 'boolean' ? undefined : 'must be true or false, or left out';
  if (value === undefined) return 'is required';
  if (op === 'in') return Array.isArray(value) ? undefined : 'must be a list';
  if (Array.isArray(value)) return 'must be one value, not a list';
  if (op === 'contains' || op === 'startsWith' || op === 'endsWith')
    return typeof value === 'boolean' ? 'must be a string or a number' : undefined;
  if (op === 'eq' || op === 'ne') return undefined;
  return isNumeric(value) ? undefined : 'must be a number';
};

/** One comparison of a lead's field; `field` is dotted for nested ones (`utm.medium`), or `emailDomain`, `freeEmail`, `touches`. */
export const Comparison = z
  .strictObject({
    field: text(200),
    op: z.enum(conditionOperators),
    value: z.optional(z.union([scalar, z.array(scalar).check(z.maxLength(200))])),
  })
  .check(({ value: { op, value }, issues }) => {
    const fault = valueFault(op, value);
    if (fault === undefined) return;
    const code = fault === 'is required' ? 'required' : 'invalid';
    issues.push({ code: 'custom', path: ['value'], input: value, message: fault, params: { code } });
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

/** How many groups (`all`, `any`, `not`) stand around the innermost comparison. */
const depthOf = (condition: Condition): number => {
  if ('all' in condition) return 1 + Math.max(...condition.all.map(depthOf));
  if ('any' in condition) return 1 + Math.max(...condition.any.map(depthOf));
  return 'not' in condition ? 1 + depthOf(condition.not) : 0;
};

/** Id of the contribution that brings a sum outside 0 to 100 back into it. */
export const clampId = 'clamp';
const signalPrefix = 'signal:';
/** Id of the contribution of all signals of a type. */
export const signalId = (type: string): string => signalPrefix + type;

const points = z.number().check(z.minimum(-1000), z.maximum(1000));

const mostDepth = 5;

export const ScoringRule = z.strictObject({
  id: text(100).check(
    z.refine((name) => name !== clampId && !name.startsWith(signalPrefix), {
      error: `must not be ${clampId} nor begin with ${signalPrefix}`,
      params: { code: 'reserved' },
    }),
  ),
  label: text(),
  when: Condition.check(
    z.refine((condition) => depthOf(condition) <= mostDepth, {
      error: `must not be more than ${mostDepth} deep`,
      params: { code: 'too_deep' },
    }),
  ),
  points,
});
export type ScoringRule = z.infer<typeof ScoringRule>;

export const SignalWeight = z.strictObject({
  points,
  halfLifeDays: z.optional(z.number().check(z.gt(0), z.maximum(3650))),
  max: z.optional(z.number().check(z.minimum(0), z.maximum(1000))),
});

const threshold = z.number().check(z.minimum(0), z.maximum(100));

const mostSignalTypes = 100;

/** The rule set that leads are scored with. */
export const CriteriaInput = z.strictObject({
  rules: z.array(ScoringRule).check(z.maxLength(200), ({ value, issues }) => {
    const first = new Set<string>();
    for (const [index, { id: name }] of value.entries()) {
      if (first.has(name))
        issues.push({
          code: 'custom',
          path: [index, 'id'],
          input: name,
          message: 'is the id of an earlier rule',
          params: { code: 'duplicate' },
        });
      first.add(name);
    }
  }),
  signals: z
    .record(text(100), SignalWeight)
    .check(z.refine((types) => Object.keys(types).length <= mostSignalTypes, { error: 'at most 100 types', params: { code: 'too_big' } })),
  thresholds: z.strictObject({ warm: threshold, hot: threshold, mql: threshold }).check(
    z.refine(({ warm, hot }) => warm <= hot, {
      error: 'must not be above hot',
      path: ['warm'],
      params: { code: 'too_big' },
    }),
  ),
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

/** `until` is the day, UTC, from whose beginning the lead is `working` again. */
export const NurtureInput = z.strictObject({ until: z.optional(date()), note: z.optional(longText()) });
export type NurtureInput = z.infer<typeof NurtureInput>;

/** Who it is about: one of both. */
export const about = { leadId: z.optional(id('lead')), email: z.optional(email()) };
/** Exactly one of `leadId` and `email`. */
export const namesOneLead = z.refine<{ readonly leadId?: unknown; readonly email?: unknown }>(
  ({ leadId, email: address }) => (leadId === undefined) !== (address === undefined),
  { error: 'needs a leadId or an email, not both', params: { code: 'lead_missing' } },
);

/** Something a person did that marketing saw. `properties` are not kept: no rule reads them, and they may be personal. */
export const signalFields = {
  ...about,
  type: text(100),
  occurredAt: z.optional(timestampInput()),
  externalId: z.optional(text(200)),
  properties: z.optional(z.record(z.string(), z.unknown())),
};
export const SignalInput = z.strictObject(signalFields).check(namesOneLead);
export type SignalInput = z.output<typeof SignalInput>;

/** `waiting` until a lead with that address appears, at most 30 days; `repeated` when its `externalId` had counted before. */
export const SignalReceipt = z.object({
  status: z.enum(['counted', 'waiting', 'repeated']),
  leadId: z.optional(id('lead')),
  type: z.string(),
  occurredAt: timestamp(),
  externalId: z.optional(z.string()),
});
export type SignalReceipt = z.infer<typeof SignalReceipt>;

export const SimulationInput = z.strictObject({ criteria: CriteriaInput });

/** What criteria would make of the open leads. `leads` is how many were looked at: all of them unless `sampled`. */
export const Simulation = z.object({
  leads: z.int(),
  cold: z.int(),
  warm: z.int(),
  hot: z.int(),
  mql: z.int(),
  /** Leads that would be handed to sales at once. */
  autoQualified: z.int(),
  /** At most 20 leads whose rating would be another. */
  changes: z.array(z.object({ leadId: id('lead'), from: z.enum(ratings), to: z.enum(ratings) })),
  sampled: z.boolean(),
});
export type Simulation = z.infer<typeof Simulation>;

const FunnelStep = z.object({
  count: z.int(),
  /** Its count over that of the step before, to four decimals; null for the first step and when there is nothing to divide by. */
  rate: z.nullable(z.number()),
  /** Median days since the step before, to one decimal; null for the first step and without samples. */
  medianDays: z.nullable(z.number()),
});

/** How far the leads captured in a period have come. A lead that went on passed every step before. */
export const Funnel = z.object({
  captured: FunnelStep,
  mql: FunnelStep,
  qualified: FunnelStep,
  converted: FunnelStep,
  won: FunnelStep,
});
export type Funnel = z.infer<typeof Funnel>;

/** Body of actions that take nothing. */
export const NoInput = z.strictObject({});
