import { isRecord } from './json.ts';

/** What tells who somebody is, as far as it may stand in what others wrote: in a note, in the name of a deal. */
export interface Identifiers {
  readonly emails: readonly string[];
  /** Those of the addresses that are the person's alone, so that they lead to further records of it; another may be an office's. */
  readonly held?: readonly string[] | undefined;
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

/** Members that name us or our work, never whom it is about: who looks after it, which campaign it came from, who said so. */
const ours = ['owner', 'assignee', 'source', 'campaign', 'channel', 'stageName', 'metadata'];

// With the flag `u` nothing else may be escaped, a hyphen neither.
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const wholeWord = (pattern: string): string => String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`;

/** `ann@x.example` is no part of `mary-ann@x.example`. */
const wholeAddress = (email: string): string => String.raw`(?<![\p{L}\p{N}][._%+-]?)${escaped(email)}(?!-?[\p{L}\p{N}])`;

/** Country codes have one to three digits. */
const longestCountryCode = 3;
const separators = String.raw`[\s().\/-]*`;
const spaced = (digits: string): string => digits.split('').join(separators);

/** The digits of a number as it may be dialled at home, without the zero before: of one with a country code whose length only a table tells, each. */
const nationalDigits = (phone: string): string[] => {
  const digits = phone.replace(/\D/g, '');
  const code = phone.trim().startsWith('+') ? digits : digits.startsWith('00') ? digits.slice(2) : undefined;
  if (code === undefined) return [digits.replace(/^0/, '')];
  return Array.from({ length: longestCountryCode }, (_, i) => code.slice(i + 1));
};

/** A number however its digits are separated, with a country code or without. */
const numberPatterns = (phone: string): string[] => {
  const digits = phone.replace(/\D/g, '');
  if (digits.length < fewestDigits) return [];
  const code = String.raw`(?:(?:\+|00)${separators}(?:\d${separators}){1,${longestCountryCode}})?\(?0?${separators}`;
  const whole = String.raw`(?<!\d)\+?\(?${spaced(digits)}(?!\d)`;
  const national = nationalDigits(phone).filter((rest) => rest.length >= fewestDigits);
  return [whole, ...national.map((rest) => String.raw`(?<!\d)${code}${spaced(rest)}(?!\d)`)];
};

/** A name as it is written in a sentence, however it was typed into a form. */
const capitalised = (part: string): string => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase();

const isTypedCarelessly = (part: string): boolean => part === part.toLowerCase() || part === part.toUpperCase();

/** A name alone is taken for a name where it is written like one: `Will` is somebody, `will` is not. */
const isNameLike = (part: string): boolean => part.length >= fewestLetters && /\p{Lu}|\p{Lo}/u.test(part) && !/^[A-Z]{3}$/.test(part);

const waysToWrite = (part: string): string[] =>
  (isTypedCarelessly(part) ? [part, capitalised(part), part.toUpperCase()] : [part]).filter(isNameLike);

const patternsOf = ({ emails, phones, names }: Identifiers): { readonly anyCase: string[]; readonly asWritten: string[] } => {
  const whole = names.flatMap(({ firstName, lastName }) =>
    firstName === undefined || lastName === undefined
      ? []
      : [String.raw`${escaped(firstName)}[\s.]+${escaped(lastName)}`, String.raw`${escaped(lastName)},?\s+${escaped(firstName)}`],
  );
  const parts = names.flatMap(({ firstName, lastName }) => [firstName, lastName].filter((part) => part !== undefined)).flatMap(waysToWrite);
  return {
    anyCase: [...emails.map(wholeAddress), ...whole.map(wholeWord), ...phones.flatMap(numberPatterns)],
    asWritten: parts.map((part) => wholeWord(escaped(part))),
  };
};

// Ids, times and dates are no prose: nothing in them is a name, and digits of a date may look like a number.
const noProse = /^(?:[a-z]+_[0-7][0-9A-HJKMNP-TV-Z]{25}|\d{4}-\d\d(?:-\d\d)?(?:T[\d:.]+Z)?)$/;

/** Takes a person's identifiers out of a value, wherever text is in it; gives back the very value when there was nothing to take out. */
export type Redact = <T>(value: T) => T;

/**
 * How to take these identifiers out of JSON values. E-mail addresses, numbers (however they are separated) and whole names go in any case; a
 * first or last name alone where it stands as a word of its own, as it was written. `except`: members that are left as they are, besides
 * those that name us.
 */
export const redactionOf = (identifiers: Identifiers, except: readonly string[] = []): Redact => {
  const named = new Set([...ours, ...except]);
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
  const none: ReadonlySet<string> = new Set();
  const redact = (value: unknown, left: ReadonlySet<string>): unknown => {
    if (typeof value === 'string') return redactText(value);
    if (Array.isArray(value)) {
      const next = value.map((member) => redact(member, left));
      return next.every((member, i) => member === value[i]) ? value : next;
    }
    if (!isRecord(value)) return value;
    const entries = Object.entries(value);
    const next = entries.map(([name, member]) =>
      // What callers call their own fields says nothing of what is in them.
      left.has(name) ? ([name, member] as const) : ([redactText(name), redact(member, name === 'customFields' ? none : left)] as const),
    );
    return next.every(([name, member], i) => name === entries[i]?.[0] && member === entries[i]?.[1]) ? value : Object.fromEntries(next);
  };
  // What comes out has the shape of what went in: texts stay texts.
  // oxlint-disable-next-line typescript/consistent-type-assertions -- see above
  return <T>(value: T): T => redact(value, named) as T;
};
