import { domainOfEmail, isFreeMailDomain } from '#contracts/core/free-mail.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Comparison, Condition } from '#contracts/resources/qualification.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, name: string): unknown => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined);

/** Custom fields are named by the sender and may have dots in their names, so a whole rest is tried before it is taken apart. */
const atPath = (value: unknown, path: string): unknown => {
  const whole = member(value, path);
  const dot = path.indexOf('.');
  if (whole !== undefined || dot < 0) return whole;
  return atPath(member(value, path.slice(0, dot)), path.slice(dot + 1));
};

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.keys(value).length === 0);

/**
 * The value a rule sees under a field's name: a field of the lead, dotted for nested ones, `emailDomain` or `freeEmail`. Undefined when
 * absent; an empty list counts as absent.
 */
const fieldOf = (lead: LeadState, field: string): unknown => {
  if (field === 'emailDomain') return lead.email === undefined ? undefined : domainOfEmail(lead.email);
  if (field === 'freeEmail') return lead.email === undefined ? undefined : isFreeMailDomain(domainOfEmail(lead.email));
  const value = atPath(lead, field);
  return isEmpty(value) ? undefined : value;
};

/** True when the lead has something under that name, as `exists` asks. */
export const isGiven = (lead: LeadState, field: string): boolean => fieldOf(lead, field) !== undefined;

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : undefined;
};

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

type Test = (actual: unknown, expected: unknown) => boolean;

const texts =
  (test: (actual: string, expected: string) => boolean): Test =>
  (actual, expected) =>
    (typeof actual === 'string' || typeof actual === 'number') &&
    (typeof expected === 'string' || typeof expected === 'number') &&
    test(String(actual), String(expected));

const numbers =
  (test: (actual: number, expected: number) => boolean): Test =>
  (actual, expected) => {
    const [a, b] = [numberOf(actual), numberOf(expected)];
    return a !== undefined && b !== undefined && test(a, b);
  };

const equals: Test = (actual, expected) => actual === expected;

/** What each operator asks of one value; of a list (`tags`) one of its values must hold. */
const tests: Readonly<Record<Exclude<Comparison['op'], 'ne' | 'exists'>, Test>> = {
  eq: equals,
  in: (actual, expected) => (Array.isArray(expected) ? expected.includes(actual) : actual === expected),
  contains: texts((actual, expected) => fold(actual).includes(fold(expected))),
  startsWith: texts((actual, expected) => actual.startsWith(expected)),
  endsWith: texts((actual, expected) => actual.endsWith(expected)),
  gt: numbers((actual, expected) => actual > expected),
  gte: numbers((actual, expected) => actual >= expected),
  lt: numbers((actual, expected) => actual < expected),
  lte: numbers((actual, expected) => actual <= expected),
};

const sameText = texts((actual, expected) => fold(actual) === fold(expected));

const anyOf = (actual: unknown, expected: unknown, test: Test): boolean =>
  Array.isArray(actual) ? actual.some((value) => test(value, expected)) : test(actual, expected);

const compares = (lead: LeadState, { field, op, value }: Comparison): boolean => {
  const actual = fieldOf(lead, field);
  if (op === 'exists') return (actual !== undefined) === (value !== false);
  if (op === 'ne') return actual === undefined || !anyOf(actual, value, equals);
  if (actual === undefined) return false;
  // A list contains a whole value, a text a part of it.
  if (op === 'contains' && Array.isArray(actual)) return anyOf(actual, value, sameText);
  return anyOf(actual, value, tests[op]);
};

/**
 * Whether a condition of the criteria holds for a lead (contract.md section 3): an absent field makes every operator but `ne` false;
 * `exists` with value false asks for absence.
 */
export const holds = (lead: LeadState, condition: Condition): boolean => {
  if ('all' in condition) return condition.all.every((part) => holds(lead, part));
  if ('any' in condition) return condition.any.some((part) => holds(lead, part));
  if ('not' in condition) return !holds(lead, condition.not);
  return compares(lead, condition);
};
