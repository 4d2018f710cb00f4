import { compileCidr, parseIpAddress } from './ip-address.ts';
import { isObject, type JsonObject } from './json.ts';

/** A leaf of an event. */
export type Scalar = string | number | boolean | null;

/** What a pattern's list accepts: values, or the field's not being there. */
export interface FieldMatcher {
  readonly matches: (value: Scalar) => boolean;
  readonly matchesAbsence: boolean;
}

type Match = (value: Scalar) => boolean;

const NUMERIC_OPERATORS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function onText(match: (text: string) => boolean): Match {
  return (value) => typeof value === 'string' && match(value);
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') {
    throw new Error(`the value of ${name} must be a string`);
  }
  return value;
}

/** The one member of an object. */
function only(object: JsonObject, what: string): [name: string, value: unknown] {
  const [entry, ...rest] = Object.entries(object);
  if (entry === undefined || rest.length > 0) {
    throw new Error(`${what} must have exactly one key`);
  }
  return entry;
}

function exact(value: Scalar): Match {
  const address = typeof value === 'string' ? parseIpAddress(value) : undefined;
  if (address === undefined) {
    return (candidate) => candidate === value;
  }
  // Two spellings of one address are the same to event-ruler.
  return onText((candidate) => {
    const other = parseIpAddress(candidate);
    return other !== undefined && other.bits === address.bits && other.value === address.value;
  });
}

/** Splits a wildcard pattern at its `*`, taking `\*` and `\\` for the characters themselves. */
function wildcardParts(pattern: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const next = pattern.charAt(index + 1);
    if (character === '*') {
      if (next === '*') {
        throw new Error(`wildcard "${pattern}" has consecutive "*"`);
      }
      parts.push(part);
      part = '';
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\') {
        throw new Error(`wildcard "${pattern}" has a "\\" before something other than "*" or "\\"`);
      }
      part += next;
      index++;
    } else {
      part += character;
    }
  }
  return [...parts, part];
}

function compileWildcard(pattern: string): (text: string) => boolean {
  const [prefix = '', ...rest] = wildcardParts(pattern);
  const suffix = rest.pop();
  if (suffix === undefined) {
    return (candidate) => candidate === prefix;
  }
  return (candidate) => {
    const end = candidate.length - suffix.length;
    if (!candidate.startsWith(prefix) || !candidate.endsWith(suffix) || end < prefix.length) {
      return false;
    }
    let position = prefix.length;
    for (const part of rest) {
      const found = candidate.indexOf(part, position);
      if (found === -1 || found + part.length > end) {
        return false;
      }
      position = found + part.length;
    }
    return true;
  };
}

function ignoringCase(wanted: string, test: (candidate: string, wanted: string) => boolean): (text: string) => boolean {
  const lower = wanted.toLowerCase();
  return (candidate) => test(candidate.toLowerCase(), lower);
}

const same = (candidate: string, wanted: string): boolean => candidate === wanted;

/** `prefix` and `suffix`: a string, or `{ "equals-ignore-case": … }`. */
function edge(name: string, value: unknown, test: (candidate: string, wanted: string) => boolean): (text: string) => boolean {
  if (isObject(value)) {
    const [inner, wanted] = only(value, name);
    if (inner !== 'equals-ignore-case') {
      throw new Error(`${name} does not know "${inner}"`);
    }
    return ignoringCase(text(wanted, `${name} equals-ignore-case`), test);
  }
  const wanted = text(value, name);
  return (candidate) => test(candidate, wanted);
}

const startsWith = (candidate: string, wanted: string): boolean => candidate.startsWith(wanted);
const endsWith = (candidate: string, wanted: string): boolean => candidate.endsWith(wanted);

function numeric(value: unknown): Match {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const bound = (index: number): [string, number] => {
    const [operator, limit] = items.slice(index, index + 2);
    if (typeof operator !== 'string' || !(operator in NUMERIC_OPERATORS)) {
      throw new Error(`unknown numeric operator ${JSON.stringify(operator)}`);
    }
    if (typeof limit !== 'number' || !Number.isFinite(limit)) {
      throw new Error(`the value of numeric "${operator}" must be a number`);
    }
    return [operator, limit];
  };
  if (items.length !== 2 && items.length !== 4) {
    throw new Error('numeric takes [operator, number], or a lower and an upper bound');
  }
  const [firstOperator, first] = bound(0);
  const firstTest = NUMERIC_OPERATORS[firstOperator];
  if (items.length === 2) {
    return (candidate) => typeof candidate === 'number' && firstTest?.(candidate, first) === true;
  }
  const [secondOperator, second] = bound(2);
  if (!firstOperator.startsWith('>') || !secondOperator.startsWith('<') || first >= second) {
    throw new Error('a numeric range is a lower bound (">" or ">=") followed by a greater upper one ("<" or "<=")');
  }
  const secondTest = NUMERIC_OPERATORS[secondOperator];
  return (candidate) => typeof candidate === 'number' && firstTest?.(candidate, first) === true && secondTest?.(candidate, second) === true;
}

function edgeOf(name: string, test: (candidate: string, wanted: string) => boolean): (wanted: string) => (text: string) => boolean {
  return (wanted) => {
    if (wanted === '') {
      throw new Error(`an empty ${name} is not allowed in anything-but`);
    }
    return (candidate) => test(candidate, wanted);
  };
}

/** What may stand inside `anything-but` beside plain values. */
const EXCLUSIONS: ReadonlyMap<string, (wanted: string) => (text: string) => boolean> = new Map([
  ['prefix', edgeOf('prefix', startsWith)],
  ['suffix', edgeOf('suffix', endsWith)],
  ['equals-ignore-case', (wanted: string) => ignoringCase(wanted, same)],
  ['wildcard', compileWildcard],
]);

function anythingBut(value: unknown): Match {
  if (isObject(value)) {
    const [name, wanted] = only(value, 'anything-but');
    const compile = EXCLUSIONS.get(name);
    if (compile === undefined) {
      throw new Error(`anything-but does not know "${name}"`);
    }
    const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    const excluded = values.map((item) => compile(text(item, `anything-but ${name}`)));
    return (candidate) => typeof candidate !== 'string' || !excluded.some((test) => test(candidate));
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const kinds = new Set(values.map((item) => typeof item));
  if (kinds.size !== 1 || !(kinds.has('string') || kinds.has('number'))) {
    throw new Error('anything-but takes a string or a number, or a list of either');
  }
  const excluded = new Set<unknown>(values);
  return (candidate) => !excluded.has(candidate);
}

const EXPRESSIONS: ReadonlyMap<string, (value: unknown) => Match> = new Map([
  ['exactly', (value: unknown) => exact(text(value, 'exactly'))],
  ['prefix', (value: unknown) => onText(edge('prefix', value, startsWith))],
  ['suffix', (value: unknown) => onText(edge('suffix', value, endsWith))],
  ['equals-ignore-case', (value: unknown) => onText(ignoringCase(text(value, 'equals-ignore-case'), same))],
  ['wildcard', (value: unknown) => onText(compileWildcard(text(value, 'wildcard')))],
  ['cidr', (value: unknown) => onText(compileCidr(text(value, 'cidr')))],
  ['numeric', numeric],
  ['anything-but', anythingBut],
]);

/** The names that cannot be fields inside `$or`. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([...EXPRESSIONS.keys(), 'exists']);

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * Compiles a pattern's list of values and match expressions, of which any will do.
 * @throws Error saying what is wrong with it.
 */
export function compileField(list: readonly unknown[]): FieldMatcher {
  if (list.length === 0) {
    throw new Error('empty arrays are not allowed');
  }
  const tests: Match[] = [];
  let matchesAbsence = false;
  for (const item of list) {
    if (isScalar(item)) {
      tests.push(exact(item));
      continue;
    }
    if (!isObject(item)) {
      throw new Error('a value must be a string, number, boolean, null or a match expression');
    }
    const [name, value] = only(item, 'a match expression');
    if (name === 'exists') {
      if (typeof value !== 'boolean') {
        throw new Error('exists must be true or false');
      }
      matchesAbsence ||= !value;
      if (value) {
        tests.push(() => true);
      }
      continue;
    }
    const compile = EXPRESSIONS.get(name);
    if (compile === undefined) {
      throw new Error(`unknown match expression "${name}"`);
    }
    tests.push(compile(value));
  }
  return { matches: (value) => tests.some((test) => test(value)), matchesAbsence };
}
