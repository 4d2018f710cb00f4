import { arnLike, wildcard } from './iam-wildcard.ts';
import type { ConditionValue, PolicyStatement } from './types.ts';

/** What a request says about itself: condition key (lower case) → its values. A key that is not there is absent, as IAM means it. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** Whether a condition holds; `unknown` is what of it we cannot judge. */
export type Verdict = { readonly holds: boolean } | { readonly unknown: string };

type Test = (value: string) => boolean;

const HOLDS: Verdict = { holds: true };
const FAILS: Verdict = { holds: false };

/** The keys that we know how to fill; any other makes the statement impossible to judge. */
const KNOWN_KEYS = new Set([
  'dynamodb:leadingkeys',
  'dynamodb:enclosingoperation',
  'dynamodb:select',
  'dynamodb:returnvalues',
  'dynamodb:returnconsumedcapacity',
  'events:source',
  'events:detail-type',
  'secretsmanager:secretid',
  'aws:securetransport',
  'aws:requestedregion',
  'aws:principalaccount',
  'aws:resourceaccount',
]);

interface Operator {
  /** Turns the policy's values into one test of a request value. */
  readonly test: (wanted: readonly string[]) => Test;
  /** A negated operator holds when no value of the policy matches, and for an absent key. */
  readonly negated: boolean;
}

function anyOf(matcher: (wanted: string) => Test): (wanted: readonly string[]) => Test {
  return (wanted) => {
    const tests = wanted.map(matcher);
    return (value) => tests.some((test) => test(value));
  };
}

const equals = (wanted: readonly string[]): Test => {
  const set = new Set(wanted);
  return (value) => set.has(value);
};
const equalsIgnoringCase = anyOf((wanted) => (value) => value.toLowerCase() === wanted.toLowerCase());
const like = anyOf((wanted) => wildcard(wanted));

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { test: equals, negated: false }],
  ['StringNotEquals', { test: equals, negated: true }],
  ['StringEqualsIgnoreCase', { test: equalsIgnoringCase, negated: false }],
  ['StringNotEqualsIgnoreCase', { test: equalsIgnoringCase, negated: true }],
  ['StringLike', { test: like, negated: false }],
  ['StringNotLike', { test: like, negated: true }],
  // On AWS ArnEquals and ArnLike are the same.
  ['ArnEquals', { test: anyOf(arnLike), negated: false }],
  ['ArnLike', { test: anyOf(arnLike), negated: false }],
  ['ArnNotEquals', { test: anyOf(arnLike), negated: true }],
  ['ArnNotLike', { test: anyOf(arnLike), negated: true }],
  ['Bool', { test: equalsIgnoringCase, negated: false }],
]);

function valuesOf(value: ConditionValue): string[] {
  return (typeof value === 'object' ? [...value] : [value]).map(String);
}

const SHAPE = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/** A compiled line of a condition block: one operator, one key, its values. */
function compileLine(operatorName: string, key: string, value: ConditionValue): (context: RequestContext) => Verdict {
  const contextKey = key.toLowerCase();
  const unknown = (what: string) => (): Verdict => ({ unknown: what });
  if (!KNOWN_KEYS.has(contextKey)) {
    return unknown(`condition key ${key}`);
  }
  const wanted = valuesOf(value);
  if (wanted.some((text) => text.includes('${'))) {
    return unknown(`policy variable in ${key}`);
  }
  if (operatorName === 'Null') {
    const absent = wanted.some((text) => text.toLowerCase() === 'true');
    return (context) => ((context.get(contextKey) === undefined) === absent ? HOLDS : FAILS);
  }
  const [, quantifier, name, ifExists] = SHAPE.exec(operatorName) ?? [];
  const operator = OPERATORS.get(name ?? '');
  if (operator === undefined) {
    return unknown(`condition operator ${operatorName}`);
  }
  const matches = operator.test(wanted);
  const test: Test = operator.negated ? (text) => !matches(text) : matches;
  const whenAbsent =
    quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated) || ifExists !== undefined ? HOLDS : FAILS;
  return (context) => {
    const values = context.get(contextKey);
    if (values === undefined) {
      return whenAbsent;
    }
    if (quantifier === 'ForAllValues') {
      return values.every(test) ? HOLDS : FAILS;
    }
    if (quantifier === undefined && operator.negated) {
      return values.every(test) ? HOLDS : FAILS;
    }
    return values.some(test) ? HOLDS : FAILS;
  };
}

/**
 * Compiles a statement's condition block: all lines must hold, any value of a line will do, with IAM's rules for absent keys
 * (`ForAllValues:` holds, `ForAnyValue:` and plain operators don't, negated and `IfExists` ones do).
 */
export function compileCondition(condition: PolicyStatement['Condition']): (context: RequestContext) => Verdict {
  const lines = Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => compileLine(operator, key, value)),
  );
  if (lines.length === 0) {
    return () => HOLDS;
  }
  return (context) => {
    let verdict = HOLDS;
    for (const line of lines) {
      const result = line(context);
      if ('unknown' in result) {
        verdict = result;
      } else if (!result.holds) {
        return FAILS;
      }
    }
    return verdict;
  };
}
