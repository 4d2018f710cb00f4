import * as z from 'zod/mini';
import type { FormInput } from '#contracts/resources/form.ts';
import { LeadInput } from '#contracts/resources/lead.ts';
import { type Candidate, explicitMeanings, folded, type MappedField, type MappedForm, ourNames, textOf } from '../form-fields.ts';
import type { VendorAnswer } from './delivery.ts';

/** What people call the usual fields, folded; beside our own names. */
const usualNames = new Map<string, MappedField>(
  Object.entries({
    name: ['yourname', 'contactname', 'nameandsurname', 'firstandlastname', 'firstnameandlastname'],
    firstName: ['givenname', 'forename', 'first'],
    lastName: ['surname', 'familyname', 'last'],
    email: ['mail', 'emailaddress', 'workemail', 'workemailaddress', 'businessemail', 'businessemailaddress', 'companyemail'],
    phone: [
      'phonenumber',
      'telephone',
      'telephonenumber',
      'tel',
      'mobile',
      'mobilenumber',
      'mobilephone',
      'mobilephonenumber',
      'cellphone',
      'cellphonenumber',
      'contactnumber',
      'workphone',
      'workphonenumber',
    ],
    company: ['companyname', 'organization', 'organisation', 'organizationname', 'organisationname', 'businessname', 'employer'],
    jobTitle: ['title', 'jobposition', 'jobrole', 'position', 'role'],
    website: ['websiteurl', 'webaddress', 'companywebsite', 'companywebsiteurl', 'homepage', 'url'],
    message: ['comment', 'comments', 'enquiry', 'inquiry', 'note', 'notes', 'howcanwehelp', 'howcanwehelpyou', 'howcanihelpyou'],
  } satisfies Partial<Record<MappedField, readonly string[]>>).flatMap(([field, names]) => {
    const ours = ourNames.get(folded(field));
    return ours === undefined ? [] : names.map((name): [string, MappedField] => [name, ours]);
  }),
);

const named = (name: string): MappedField | undefined => ourNames.get(folded(name)) ?? usualNames.get(folded(name));

const invitation =
  /^(?:please )?(?:(?:enter|provide|tell us|give us|leave|add|type|share|what s|what is|whats) )?(?:(?:the|your|a|an|us) )*/;

/** A question reduced to what it asks for: `What’s your *first name*? (required)` asks for `first name`. */
const askedFor = (label: string): string =>
  label
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\([^()]*\)|\{\{[^{}]*\}\}/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(invitation, '')
    .replace(/ (?:please|optional|required)$/, '');

/** A link whose question names another place than the person's own site. */
const elsewhere = /linked ?in|facebook|instagram|twitter|github|tiktok|youtube|xing|calend/i;

const byType = ({ meaning, label }: VendorAnswer): MappedField | undefined =>
  meaning === 'website' && elsewhere.test(label) ? undefined : meaning;

const schemas: Readonly<Record<string, z.ZodMiniType>> = LeadInput.shape;

const longestLine = 500;

/** A wrong e-mail is refused; what else does not fit, a country of three words of prose, is no reason to lose a lead, and is kept as it came. */
const fits = (field: MappedField, text: string): boolean => {
  const schema = schemas[field];
  return field === 'email' || (schema === undefined ? text.length <= longestLine : z.safeParse(schema, text).success);
};

// contract.md section 1, Sizes: customFields ≤ 50 keys and 16 KiB; keys as customFields() has them.
const mostCustom = 50;
const customBytes = 16 * 1024;
const longestKey = 100;
const longestText = 10_000;

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`);

/** A key of its own for a label: not empty, not too long, not one that stands. */
const keyOf = (label: string, standing: ReadonlyMap<string, unknown>): string => {
  const whole = label.normalize('NFC').replace(/\s+/gu, ' ').trim();
  const base = whole === '' || whole === '__proto__' ? 'answer' : whole;
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : ` (${number})`;
    const key = `${cut(base, longestKey - suffix.length)}${suffix}`;
    if (!standing.has(key)) return key;
  }
};

/** What was not mapped, under its label, as far as a lead may hold it; the submission holds all. */
const customOf = (rest: readonly VendorAnswer[]): ReadonlyMap<string, string | number | boolean> => {
  const custom = new Map<string, string | number | boolean>();
  for (const { label, value } of rest) {
    const text = textOf(value);
    if (text === undefined || custom.size >= mostCustom) continue;
    const key = keyOf(label, custom);
    custom.set(key, typeof value === 'number' || typeof value === 'boolean' ? value : cut(text, longestText));
    if (Buffer.byteLength(JSON.stringify(Object.fromEntries(custom))) > customBytes) custom.delete(key);
  }
  return custom;
};

/**
 * Sorts a vendor's answers into lead fields and the rest: by the form's own map, then by the field's name, then by its label, then by its type.
 * The first answer that says something is it.
 */
export const mapAnswers = (form: FormInput, answers: readonly VendorAnswer[]): MappedForm => {
  const explicit = explicitMeanings(form);
  const first = (names: readonly string[], meaning: (name: string) => MappedField | undefined) =>
    names.map(meaning).find((field) => field !== undefined);
  const passes: readonly ((answer: VendorAnswer) => MappedField | undefined)[] = [
    ({ names, label }) => first([...names, label], explicit),
    ({ names }) => first(names, named),
    ({ label }) => named(askedFor(label)),
    byType,
  ];
  const fields = new Map<MappedField, Candidate>();
  const taken = new Set<VendorAnswer>();
  for (const meaning of passes) {
    for (const answer of answers) {
      const field = taken.has(answer) ? undefined : meaning(answer);
      const text = textOf(answer.value);
      if (field === undefined || text === undefined || fields.has(field) || !fits(field, text)) continue;
      fields.set(field, { theirs: answer.names[0] ?? answer.label, value: text });
      taken.add(answer);
    }
  }
  return { fields, custom: customOf(answers.filter((answer) => !taken.has(answer))) };
};
