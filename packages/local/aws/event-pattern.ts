import { compileField, type FieldMatcher, RESERVED_NAMES, type Scalar } from './event-matchers.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** A pattern that EventBridge or Lambda would refuse. */
export class InvalidPattern extends Error {
  override readonly name = 'InvalidPattern';
}

/** Path → what the field there must be. A pattern with `$or` is several of these, of which one must match. */
type Rule = ReadonlyMap<string, FieldMatcher>;

/** Which element of which array a field came from: array number → index. */
type Membership = ReadonlyMap<number, number>;

interface Field {
  readonly value: Scalar;
  readonly membership: Membership;
}

const OR = '$or';
const NOWHERE: Membership = new Map();
/** `$or` multiplies: beyond this a pattern is a mistake. EventBridge itself allows a rule 1000 combinations. */
const MOST_RULES = 1_000;

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function compileOr(rules: readonly Rule[], path: string, alternatives: unknown): Rule[] {
  const list: readonly unknown[] = Array.isArray(alternatives) ? alternatives : [];
  if (list.length < 2) {
    throw new InvalidPattern(`${join(path, OR)} must be an array of two or more objects`);
  }
  const compiled = list.flatMap((alternative) => {
    if (!isObject(alternative)) {
      throw new InvalidPattern(`${join(path, OR)} must hold objects only`);
    }
    return compileObject(rules, path, alternative, true);
  });
  if (compiled.length > MOST_RULES) {
    throw new InvalidPattern(`${join(path, OR)} makes more than ${MOST_RULES} combinations`);
  }
  return compiled;
}

function compileObject(rules: readonly Rule[], path: string, pattern: JsonObject, insideOr: boolean): Rule[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) {
    throw new InvalidPattern(`${path === '' ? 'the pattern' : path}: empty objects are not allowed`);
  }
  let current: Rule[] = [...rules];
  for (const [name, value] of entries) {
    const at = join(path, name);
    if (name === OR) {
      current = compileOr(current, path, value);
    } else if (insideOr && RESERVED_NAMES.has(name)) {
      throw new InvalidPattern(`${at}: "${name}" is a reserved name, which cannot be a field inside ${OR}`);
    } else if (Array.isArray(value)) {
      const matcher = compileList(at, value);
      current = current.map((rule) => new Map(rule).set(at, matcher));
    } else if (isObject(value)) {
      current = compileObject(current, at, value, insideOr);
    } else {
      throw new InvalidPattern(`${at} must be an object or an array`);
    }
  }
  return current;
}

function compileList(at: string, list: readonly unknown[]): FieldMatcher {
  try {
    return compileField(list);
  } catch (error) {
    throw new InvalidPattern(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The event's leaves at the paths that a pattern names, by path. */
function fieldsOf(event: unknown, paths: ReadonlySet<string>): Map<string, Field[]> {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (path: string, value: unknown, membership: Membership): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      // Fields of one element belong together. Among mere values there is nothing to keep together.
      const keepsTogether = value.some((element) => typeof element === 'object' && element !== null);
      for (const [index, element] of value.entries()) {
        visit(path, element, keepsTogether ? new Map(membership).set(array, index) : membership);
      }
    } else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        const at = join(path, name);
        if (paths.has(at)) {
          visit(at, member, membership);
        }
      }
    } else if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      const known = fields.get(path);
      if (known === undefined) {
        fields.set(path, [{ value, membership }]);
      } else {
        known.push({ value, membership });
      }
    }
  };
  visit('', event, NOWHERE);
  return fields;
}

/** Two memberships in one; undefined if they are of different elements of one array. */
function merge(first: Membership, second: Membership): Membership | undefined {
  if (second.size === 0) {
    return first;
  }
  if (first.size === 0) {
    return second;
  }
  const merged = new Map(first);
  for (const [array, index] of second) {
    if ((merged.get(array) ?? index) !== index) {
      return undefined;
    }
    merged.set(array, index);
  }
  return merged;
}

/**
 * The rule's paths are tried in alphabetical order, as event-ruler does; what elements of arrays were chosen for those before binds those
 * after: for a value, and for a field's not being there.
 */
function matchesRule(rule: readonly (readonly [string, FieldMatcher])[], fields: ReadonlyMap<string, readonly Field[]>): boolean {
  if (rule.some(([path, matcher]) => !matcher.matchesAbsence && !fields.has(path))) {
    return false;
  }
  let chosen: Membership[] = [NOWHERE];
  for (const [path, matcher] of rule) {
    const candidates = fields.get(path) ?? [];
    const next = new Map<string, Membership>();
    for (const membership of chosen) {
      let present = false;
      for (const field of candidates) {
        const merged = merge(membership, field.membership);
        if (merged !== undefined) {
          present = true;
          if (matcher.matches(field.value)) {
            next.set(keyOf(merged), merged);
          }
        }
      }
      if (!present && matcher.matchesAbsence) {
        next.set(keyOf(membership), membership);
      }
    }
    if (next.size === 0) {
      return false;
    }
    chosen = [...next.values()];
  }
  return true;
}

function keyOf(membership: Membership): string {
  return membership.size === 0
    ? ''
    : [...membership]
        .map(([array, index]) => `${array}:${index}`)
        .sort()
        .join();
}

/** Every path and every path on the way to one. */
function withAncestors(paths: Iterable<string>): Set<string> {
  const all = new Set<string>();
  for (const path of paths) {
    for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
      all.add(path.slice(0, dot));
    }
    all.add(path);
  }
  return all;
}

/**
 * Compiles a pattern of EventBridge's rules, or of Lambda's event filters (the same language; there it comes as JSON text), to a test of
 * events, with the semantics of AWS's event-ruler: values as they are in JSON (the text "1" is not the number 1), any of a field's values will
 * do, fields of an array of objects must match within one element, `exists` is about leaves, `$or` about several fields.
 * @throws InvalidPattern saying what is wrong and where.
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  const parsed = typeof pattern === 'string' ? parseJson(pattern) : pattern;
  if (!isObject(parsed)) {
    throw new InvalidPattern('a pattern must be a JSON object');
  }
  const rules = compileObject([new Map()], '', parsed, false).map((rule) => [...rule].sort(([a], [b]) => (a < b ? -1 : 1)));
  const paths = withAncestors(rules.flatMap((rule) => rule.map(([path]) => path)));
  return (event) => {
    const fields = fieldsOf(event, paths);
    return rules.some((rule) => matchesRule(rule, fields));
  };
}
