import { isRecord } from './json.ts';

/** What tells who somebody is, as far as it may stand in what others wrote: in a note, in the name of a deal. */
export interface Identifiers {
  readonly emails: readonly string[];
  /** As typed, and as E.164. */
  readonly phones: readonly string[];
  readonly names: readonly { readonly firstName?: string | undefined; readonly lastName?: string | undefined }[];
}

/** What stands where a person's name, address or number stood. */
export const erasedMark = '[erased]';
// In a link the brackets would have to be escaped.
const erasedInLink = 'erased';

const fewestLetters = 3;
const fewestDigits = 7;
/** Characters that any text may have (contract.md, Sizes); a mark must not make one longer than it may be. */
const alwaysFits = 500;

// With the flag `u` nothing else may be escaped, a hyphen neither.
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const wholeWord = (pattern: string): string => String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`;

const numberPattern = (phone: string): string | undefined => {
  const digits = phone.replace(/\D/g, '');
  if (digits.length < fewestDigits) return undefined;
  return String.raw`(?<!\d)\+?\(?${digits.split('').join(String.raw`[\s().\/-]*`)}(?!\d)`;
};

/** A name alone is taken for a name where it is written like one: `Will` is somebody, `will` is not. */
const isNameLike = (part: string): boolean => part.length >= fewestLetters && /\p{Lu}|\p{Lo}/u.test(part) && !/^[A-Z]{3}$/.test(part);

const patternsOf = ({ emails, phones, names }: Identifiers): { readonly anyCase: string[]; readonly asWritten: string[] } => {
  const whole = names.flatMap(({ firstName, lastName }) =>
    firstName === undefined || lastName === undefined
      ? []
      : [String.raw`${escaped(firstName)}[\s.]+${escaped(lastName)}`, String.raw`${escaped(lastName)},?\s+${escaped(firstName)}`],
  );
  const parts = names.flatMap(({ firstName, lastName }) => [firstName, lastName].filter((part) => part !== undefined)).filter(isNameLike);
  return {
    anyCase: [...emails.map((email) => escaped(email)), ...whole.map(wholeWord), ...phones.flatMap((phone) => numberPattern(phone) ?? [])],
    asWritten: parts.map((part) => wholeWord(escaped(part))),
  };
};

// Ids, times and dates are no prose: nothing in them is a name, and digits of a date may look like a number.
const noProse = /^(?:[a-z]+_[0-7][0-9A-HJKMNP-TV-Z]{25}|\d{4}-\d\d(?:-\d\d)?(?:T[\d:.]+Z)?)$/;

/** Takes a person's identifiers out of a value, wherever text is in it; gives back the very value when there was nothing to take out. */
export type Redact = <T>(value: T) => T;

/**
 * How to take these identifiers out of JSON values. E-mail addresses, numbers (however they are separated) and whole names go in any case; a
 * first or last name alone where it stands as a word of its own, as it was written. `except`: members that are left as they are.
 */
export const redactionOf = (identifiers: Identifiers, except: readonly string[] = []): Redact => {
  const left = new Set(except);
  const { anyCase, asWritten } = patternsOf(identifiers);
  const expressions = [
    ...(anyCase.length === 0 ? [] : [new RegExp(anyCase.join('|'), 'giu')]),
    ...(asWritten.length === 0 ? [] : [new RegExp(asWritten.join('|'), 'gu')]),
  ];
  const redactText = (text: string): string => {
    if (noProse.test(text)) return text;
    const mark = /^https?:\/\//i.test(text) ? erasedInLink : erasedMark;
    const next = expressions.reduce((rest, expression) => rest.replace(expression, mark), text);
    const most = Math.max(alwaysFits, text.length);
    return next.length > most ? next.slice(0, most).toWellFormed() : next;
  };
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return redactText(value);
    if (Array.isArray(value)) {
      const next = value.map(redact);
      return next.every((member, i) => member === value[i]) ? value : next;
    }
    if (!isRecord(value)) return value;
    const entries = Object.entries(value);
    const next = entries.map(([name, member]) =>
      left.has(name) ? ([name, member] as const) : ([redactText(name), redact(member)] as const),
    );
    return next.every(([name, member], i) => name === entries[i]?.[0] && member === entries[i]?.[1]) ? value : Object.fromEntries(next);
  };
  // What comes out has the shape of what went in: texts stay texts.
  // oxlint-disable-next-line typescript/consistent-type-assertions -- see above
  return <T>(value: T): T => redact(value) as T;
};
