import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import type { FieldError } from '#contracts/core/problems.ts';
import { text } from '#contracts/core/text.ts';
import { customFields } from '#contracts/core/values.ts';
import type { FormInput } from '#contracts/resources/form.ts';
import { LeadInput } from '#contracts/resources/lead.ts';
import { invalid } from '#runtime/problem.ts';
import { fieldErrors, pointerTo } from '#runtime/validation.ts';
import { isYes, type MappedField, type MappedForm, splitName, theirNameOf } from '../domain/form-fields.ts';
import type { LeadFields } from '../domain/lead.ts';

const schemas = {
  ...LeadInput.shape,
  'utm.source': z.optional(text()),
  'utm.medium': z.optional(text()),
  'utm.campaign': z.optional(text()),
  'utm.term': z.optional(text()),
  'utm.content': z.optional(text()),
};

// A URL with all its tracking may be longer than a text may be. Its beginning says where it was; the submission keeps it whole.
const cutTo500 = (value: string): string => Array.from(value.trim()).slice(0, 500).join('');
const urls: ReadonlySet<MappedField> = new Set(['referrer', 'landingPage']);

const utmParts = ['source', 'medium', 'campaign', 'term', 'content'] as const;

const present = (fields: LeadFields, mapped: ReadonlySet<MappedField>, required: MappedField): boolean => {
  if (required === 'name') return fields.firstName !== undefined || fields.lastName !== undefined;
  if (required === 'firstName') return fields.firstName !== undefined;
  if (required === 'lastName') return fields.lastName !== undefined;
  return mapped.has(required);
};

/**
 * What a form post says of a lead, with what the form's settings add.
 *
 * @throws {Problem} 422 naming the sender's own fields: a value that does not fit, a required field missing, neither e-mail nor phone.
 */
export const readFormLead = (form: FormInput, { fields: mapped, custom }: MappedForm, now: string): LeadFields => {
  const errors: FieldError[] = [];

  const read = <T>(schema: z.ZodMiniType<T>, theirs: string, value: unknown): T | undefined => {
    const result = z.safeParse(schema, value);
    if (result.success) return result.data;
    errors.push(...fieldErrors(result.error.issues, value).map((error) => ({ ...error, pointer: pointerTo([theirs]) + error.pointer })));
    return undefined;
  };
  const field = <T>(name: MappedField, schema: z.ZodMiniType<T>): T | undefined => {
    const candidate = mapped.get(name);
    if (candidate === undefined) return undefined;
    return read(schema, candidate.theirs, urls.has(name) ? cutTo500(candidate.value) : candidate.value);
  };

  const whole = mapped.get('name');
  const split = whole === undefined ? undefined : splitName(whole.value);
  const part = (name: 'firstName' | 'lastName'): string | undefined =>
    mapped.has(name)
      ? field(name, schemas[name])
      : split?.[name] === undefined
        ? undefined
        : read(schemas[name], whole?.theirs ?? 'name', split[name]);

  const utm = defined(Object.fromEntries(utmParts.map((name) => [name, field(`utm.${name}`, schemas[`utm.${name}`])])));
  const customCandidates = Object.fromEntries(
    [...custom].map(([name, value]) => [name, typeof value === 'string' ? value.normalize('NFC').replace(/\r\n?/g, '\n') : value]),
  );
  const consent = mapped.get('consent.marketing');
  const fields: LeadFields = defined({
    firstName: part('firstName'),
    lastName: part('lastName'),
    email: field('email', schemas.email),
    phone: field('phone', schemas.phone),
    jobTitle: field('jobTitle', schemas.jobTitle),
    company: field('company', schemas.company),
    website: field('website', schemas.website),
    country: field('country', schemas.country) ?? form.country,
    interest: field('interest', schemas.interest),
    message: field('message', schemas.message),
    referrer: field('referrer', schemas.referrer),
    landingPage: field('landingPage', schemas.landingPage),
    utm: Object.keys(utm).length === 0 ? undefined : utm,
    consent: consent === undefined ? undefined : defined({ marketing: isYes(consent.value), text: form.consentText, at: now }),
    source: form.source,
    campaign: form.campaign,
    channel: form.channel,
    owner: form.owner,
    tags: form.tags.length === 0 ? undefined : form.tags,
    customFields: Object.keys(customCandidates).length === 0 ? undefined : readCustom(customCandidates, errors),
  });

  const names = new Set(mapped.keys());
  for (const required of form.requiredFields ?? []) {
    if (!present(fields, names, required))
      errors.push({ pointer: pointerTo([theirNameOf(form, required)]), code: 'required', detail: 'is required' });
  }
  if (!names.has('email') && !names.has('phone'))
    errors.push({
      pointer: pointerTo([theirNameOf(form, 'email')]),
      code: 'contact_missing',
      detail: 'an e-mail or a phone number is needed',
    });
  if (errors.length > 0) throw invalid(errors);
  return fields;
};

const readCustom = (fields: Readonly<Record<string, unknown>>, errors: FieldError[]): LeadFields['customFields'] => {
  const result = z.safeParse(customFields(), fields);
  if (result.success) return result.data;
  errors.push(...fieldErrors(result.error.issues, fields));
  return undefined;
};
