import * as z from 'zod/mini';
import { once, string } from './schema.ts';
import { normalizeText, text } from './text.ts';

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** RFC 3339, UTC, milliseconds, as Leadline answers it: `2026-11-22T18:18:42.000Z`. */
export const timestamp = once(() => string(z.regex(timestampPattern)));

const isCalendarDate = (value: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(value) &&
  !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
  new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** `Date.parse` takes 30 February for 2 March and 24:00 for the next day; RFC 3339 has neither. */
const isRfc3339 = (value: string): boolean =>
  rfc3339.test(value) && isCalendarDate(value.slice(0, 10)) && value.slice(11, 13) !== '24' && !Number.isNaN(Date.parse(value));

const canonicalTimestamp = (value: string): string => (isRfc3339(value) ? new Date(value).toISOString() : value);

/** A time as callers may write it: any RFC 3339 offset and precision, kept as UTC milliseconds. */
export const timestampInput = once(() =>
  string(
    z.overwrite(canonicalTimestamp),
    z.regex(timestampPattern, { error: 'must be an RFC 3339 time such as 2026-11-22T18:18:42.000Z', abort: true }),
    z.refine(isRfc3339, { error: 'is not a time of the calendar', params: { code: 'date' } }),
  ),
);

/** A calendar date, `2026-11-30`. */
export const date = once(() =>
  string(
    z.regex(/^\d{4}-\d\d-\d\d$/, { error: 'must be a date such as 2026-11-30', abort: true }),
    z.refine(isCalendarDate, { error: 'is not a day of the calendar', params: { code: 'date' } }),
  ),
);

const currencies = once(() => new Set(Intl.supportedValuesOf('currency')));

/** ISO 4217 code, upper case, one that the runtime's Unicode data knows. */
export const currency = once(() =>
  string(
    z.regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code such as EUR', abort: true }),
    z.refine((value) => currencies().has(value), { error: 'is not an ISO 4217 currency', params: { code: 'currency' } }),
  ),
);

/** An amount in the currency's minor unit: `{ amount: 129900, currency: 'EUR' }` is 1,299.00 euros. Never negative, at most 2^53 - 1. */
export const Money = z.strictObject({
  amount: z.int().check(z.minimum(0)),
  currency: currency(),
});
export type Money = z.infer<typeof Money>;

const customFieldBytes = 16 * 1024;

/** Up to 50 keys, values string, number or boolean, together at most 16 KiB as JSON. */
export const customFields = once(() =>
  z.record(text(), z.union([string(z.overwrite(normalizeText), z.maxLength(10_000)), z.number(), z.boolean()])).check(
    z.refine((fields) => Object.keys(fields).length <= 50, { error: 'at most 50 keys', params: { code: 'too_big' } }),
    z.refine((fields) => Buffer.byteLength(JSON.stringify(fields)) <= customFieldBytes, {
      error: 'at most 16 KiB as JSON',
      params: { code: 'too_big' },
    }),
  ),
);
export type CustomFields = Record<string, string | number | boolean>;

/** Network to URL or handle: `{ "linkedin": "https://…" }`. */
export const socialProfiles = once(() =>
  z
    .record(text(), text())
    .check(z.refine((profiles) => Object.keys(profiles).length <= 50, { error: 'at most 50 networks', params: { code: 'too_big' } })),
);

/** A postal address; every part optional, free text, because the world's addresses do not fit one form. */
export const Address = z.strictObject({
  label: z.optional(text()),
  street: z.optional(text()),
  city: z.optional(text()),
  region: z.optional(text()),
  postalCode: z.optional(text()),
  country: z.optional(text()),
});
export type Address = z.infer<typeof Address>;

/** What every resource carries (contract.md section 1, Common fields). */
export const commonFields = {
  createdAt: timestamp(),
  updatedAt: timestamp(),
  version: z.int().check(z.minimum(1)),
};

/** A List: `nextCursor: null` alone ends it. */
export const listOf = <T extends z.ZodMiniType>(item: T) => z.object({ data: z.array(item), nextCursor: z.nullable(z.string()) });
