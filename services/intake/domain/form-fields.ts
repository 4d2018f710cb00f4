import { isRecord } from '#contracts/core/json.ts';
import type { FormInput, mappableFields } from '#contracts/resources/form.ts';

/** A lead field that a form may fill; `name` is a full name. */
export type MappedField = (typeof mappableFields)[number];

/** What the sender put in one field: text, a list of choices, or what JSON allows. */
export type Payload = Readonly<Record<string, unknown>>;

/** A value on its way into a lead, under the name the sender gave it. */
export interface Candidate {
  readonly theirs: string;
  readonly value: string;
}

export interface MappedForm {
  readonly fields: ReadonlyMap<MappedField, Candidate>;
  /** What is not one of our fields, under the sender's name. */
  readonly custom: ReadonlyMap<string, string | number | boolean>;
}

/** A name as compared: `First Name`, `first_name`, `first-name` and `firstName` are one. */
export const folded = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_.\-[\]]+/g, '');

export const ourNames: ReadonlyMap<string, MappedField> = new Map<string, MappedField>([
  ['name', 'name'],
  ['fullname', 'name'],
  ['firstname', 'firstName'],
  ['lastname', 'lastName'],
  ['email', 'email'],
  ['phone', 'phone'],
  ['jobtitle', 'jobTitle'],
  ['company', 'company'],
  ['website', 'website'],
  ['country', 'country'],
  ['interest', 'interest'],
  ['message', 'message'],
  ['referrer', 'referrer'],
  ['landingpage', 'landingPage'],
  ['utmsource', 'utm.source'],
  ['utmmedium', 'utm.medium'],
  ['utmcampaign', 'utm.campaign'],
  ['utmterm', 'utm.term'],
  ['utmcontent', 'utm.content'],
  ['consentmarketing', 'consent.marketing'],
  ['marketingconsent', 'consent.marketing'],
]);

/** A field's value as one text; several are joined with a comma, what has an inner structure is kept as JSON. Blank: undefined. */
export const textOf = (value: unknown): string | undefined => {
  if (value === null || value === undefined) return undefined;
  const text = Array.isArray(value)
    ? value
        .map(textOf)
        .filter((part) => part !== undefined)
        .join(', ')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed;
};

/** `utm: { source }` and `consent: { marketing }` of a JSON body are the fields `utm.source` and `consent.marketing`. */
const flattened = (payload: Payload): readonly (readonly [string, unknown])[] =>
  Object.entries(payload).flatMap(([name, value]): (readonly [string, unknown])[] =>
    (name === 'utm' || name === 'consent') && isRecord(value)
      ? Object.entries(value).map(([inner, part]) => [`${name}.${inner}`, part] as const)
      : [[name, value] as const],
  );

/** Whether the trap that only robots fill was filled. */
export const isSpam = (form: FormInput, payload: Payload): boolean =>
  Object.hasOwn(payload, form.honeypotField) && textOf(payload[form.honeypotField]) !== undefined;

/** What the form's own map says of a name: as it is written there, else in any case and spacing. */
export const explicitMeanings = (form: FormInput): ((name: string) => MappedField | undefined) => {
  const exact = new Map(Object.entries(form.fieldMap ?? {}));
  const loose = new Map(Object.entries(form.fieldMap ?? {}).map(([theirs, ours]) => [folded(theirs), ours]));
  return (name) => exact.get(name) ?? loose.get(folded(name));
};

/**
 * Sorts what a form sent into lead fields and the rest. The form's own map comes first, then our names in any case and spacing. When two
 * of the sender's fields mean the same one of ours, the first that says something is it and the other is kept with the rest.
 */
export const mapForm = (form: FormInput, payload: Payload): MappedForm => {
  const explicit = explicitMeanings(form);
  const said = flattened(payload).filter(([name, value]) => name !== form.honeypotField && textOf(value) !== undefined);
  const fields = new Map<MappedField, Candidate>();
  const takenNames = new Set<string>();
  for (const meaning of [explicit, (name: string) => (explicit(name) === undefined ? ourNames.get(folded(name)) : undefined)]) {
    for (const [theirs, value] of said) {
      const ours = meaning(theirs);
      const text = textOf(value);
      if (ours === undefined || text === undefined || fields.has(ours)) continue;
      fields.set(ours, { theirs, value: text });
      takenNames.add(theirs);
    }
  }
  const custom = new Map<string, string | number | boolean>();
  for (const [theirs, value] of said) {
    if (takenNames.has(theirs)) continue;
    const text = textOf(value);
    if (text !== undefined) custom.set(theirs, typeof value === 'number' || typeof value === 'boolean' ? value : text);
  }
  return { fields, custom };
};

/** A full name split at its last space: `Ada King Lovelace` is `Ada King`, `Lovelace`; a single word is the last name. */
export const splitName = (name: string): { readonly firstName?: string; readonly lastName: string } => {
  const whole = name.trim().replace(/\s+/gu, ' ');
  const space = whole.lastIndexOf(' ');
  return space < 0 ? { lastName: whole } : { firstName: whole.slice(0, space), lastName: whole.slice(space + 1) };
};

/** What a ticked box, or a yes in any form software, arrives as. */
export const isYes = (value: string): boolean => /^(?:on|yes|y|true|1|ja|oui|si|sí|x|checked|agreed?|accept(?:ed)?)$/iu.test(value.trim());

/** The name under which the sender of this form knows one of our fields; for pointing at a field that is missing. */
export const theirNameOf = (form: FormInput, ours: MappedField): string =>
  Object.entries(form.fieldMap ?? {}).find(([, target]) => target === ours)?.[0] ?? ours;
