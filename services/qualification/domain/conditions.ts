import { domainOfEmail, isFreeMailDomain } from '#contracts/core/free-mail.ts';
import { isRecord } from '#contracts/core/json.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Comparison, Condition } from '#contracts/resources/qualification.ts';

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

/** What one lead says, each field looked up once however many rules ask for it. */
export interface Facts {
  of(field: string): unknown;
}

export const factsOf = (lead: LeadState): Facts => {
  const known = new Map<string, unknown>();
  return {
    of: (field) => {
      const value = known.get(field);
      if (value !== undefined || known.has(field)) return value;
      const found = fieldOf(lead, field);
      known.set(field, found);
      return found;
    },
  };
};

type Test = (actual: unknown) => boolean;
const never: Test = () => false;

const isTextual = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const texts = (expected: unknown, test: (actual: string, expected: string) => boolean): Test => {
  if (!isTextual(expected)) return never;
  const wanted = String(expected);
  return (actual) => isTextual(actual) && test(String(actual), wanted);
};

const numbers = (expected: unknown, test: (actual: number, expected: number) => boolean): Test => {
  const wanted = numberOf(expected);
  if (wanted === undefined) return never;
  return (actual) => {
    const value = numberOf(actual);
    return value !== undefined && test(value, wanted);
  };
};

const folded = (expected: unknown, test: (actual: string, expected: string) => boolean): Test =>
  texts(isTextual(expected) ? fold(String(expected)) : expected, (actual, wanted) => test(fold(actual), wanted));

/** What each operator asks of one value. */
const testOf = ({ op, value: expected }: Comparison): Test => {
  switch (op) {
    case 'eq':
    case 'ne':
      return (actual) => actual === expected;
    case 'in': {
      const wanted = new Set<unknown>(Array.isArray(expected) ? expected : [expected]);
      return (actual) => wanted.has(actual);
    }
    case 'contains':
      return folded(expected, (actual, wanted) => actual.includes(wanted));
    case 'startsWith':
      return texts(expected, (actual, wanted) => actual.startsWith(wanted));
    case 'endsWith':
      return texts(expected, (actual, wanted) => actual.endsWith(wanted));
    case 'gt':
      return numbers(expected, (actual, wanted) => actual > wanted);
    case 'gte':
      return numbers(expected, (actual, wanted) => actual >= wanted);
    case 'lt':
      return numbers(expected, (actual, wanted) => actual < wanted);
    case 'lte':
      return numbers(expected, (actual, wanted) => actual <= wanted);
    case 'exists':
      return () => true;
  }
};

/** A condition ready to be asked of many leads. */
export type Judge = (facts: Facts) => boolean;

const judgeComparison = (comparison: Comparison): Judge => {
  const { field, op, value } = comparison;
  if (op === 'exists') {
    const wanted = value !== false;
    return (facts) => (facts.of(field) !== undefined) === wanted;
  }
  const test = testOf(comparison);
  // A list contains a whole value, a text a part of it; by the other operators one value of a list must hold.
  const ofList = op === 'contains' ? folded(value, (actual, wanted) => actual === wanted) : test;
  const holds: Test = (actual) => (Array.isArray(actual) ? actual.some(ofList) : test(actual));
  if (op === 'ne')
    return (facts) => {
      const actual = facts.of(field);
      return actual === undefined || !holds(actual);
    };
  return (facts) => {
    const actual = facts.of(field);
    return actual !== undefined && holds(actual);
  };
};

/**
 * Makes a condition of the criteria ready (contract.md section 3): an absent field makes every operator but `ne` false; `exists` with value
 * false asks for absence.
 */
export const judgeOf = (condition: Condition): Judge => {
  if ('all' in condition) {
    const parts = condition.all.map(judgeOf);
    return (facts) => parts.every((part) => part(facts));
  }
  if ('any' in condition) {
    const parts = condition.any.map(judgeOf);
    return (facts) => parts.some((part) => part(facts));
  }
  if ('not' in condition) {
    const part = judgeOf(condition.not);
    return (facts) => !part(facts);
  }
  return judgeComparison(condition);
};
