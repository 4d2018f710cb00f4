import * as z from 'zod/mini';
import type { FieldError } from '#contracts/core/problems.ts';
import { invalid } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** More than these help nobody, and an answer stays small. */
const mostErrors = 50;

/** A JSON Pointer (RFC 6901). */
export const pointerTo = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> => typeof value === 'object' && value !== null;

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), value);

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'an array',
  null: 'null',
  undefined: 'left out',
};

const sizes: Readonly<Record<string, string>> = { string: ' characters', array: ' items', record: ' keys', object: ' keys' };

const words = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? 'of another type'}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `must ${sizes[issue.origin] === undefined ? 'be' : 'have'} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${sizes[issue.origin] ?? ''}`;
    case 'too_big':
      return `must ${sizes[issue.origin] === undefined ? 'be' : 'have'} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${sizes[issue.origin] ?? ''}`;
    case 'invalid_format':
      return 'does not have the form that is asked for';
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return 'fits none of the forms that are allowed';
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'unrecognized_keys':
      return 'is not valid';
  }
};

/** What zod says where a schema gives no words of its own; zod/mini comes without a language. */
const unspoken = new Set(['Invalid input', '']);

const codeOf = (issue: Issue, missing: boolean): string => {
  if (missing) return 'required';
  if (issue.code === 'custom' && typeof issue.params?.code === 'string') return issue.params.code;
  return issue.code === 'custom' ? 'invalid' : issue.code;
};

const single = (issue: Issue, path: Path, root: unknown): FieldError => {
  const missing = issue.code === 'invalid_type' && path.length > 0 && valueAt(root, path) === undefined;
  return {
    pointer: pointerTo(path),
    code: codeOf(issue, missing),
    detail: missing ? 'is required' : unspoken.has(issue.message) ? words(issue) : issue.message,
  };
};

/** The branches of a union whose type fits, so that the caller hears of the part that is wrong rather than of every form it might have had. */
const likeliest = (branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined => {
  const fitting = branches.filter((issues) => !issues.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type'));
  const candidates = fitting.filter((issues) => issues.length > 0);
  return candidates.length === 0 ? undefined : candidates.reduce((best, issues) => (issues.length < best.length ? issues : best));
};

const flatten = (issues: readonly Issue[], prefix: Path, root: unknown): FieldError[] =>
  issues.flatMap((issue): FieldError[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        pointer: pointerTo([...path, key]),
        code: 'unrecognized_key',
        detail: 'is not a property of this',
      }));
    if (issue.code === 'invalid_union') {
      const branch = likeliest(issue.errors);
      if (branch !== undefined) return flatten(branch, path, root);
    }
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
      const [inner] = issue.issues;
      return [
        {
          pointer: pointerTo(path),
          code: issue.code,
          detail: inner === undefined ? 'is not valid' : `the name ${single(inner, [], root).detail}`,
        },
      ];
    }
    return [single(issue, path, root)];
  });

/** zod's issues in the words of the contract; values never appear in them. `root` is what was checked. */
export const fieldErrors = (issues: readonly Issue[], root: unknown): FieldError[] => flatten(issues, [], root).slice(0, mostErrors);

/**
 * The value as its schema gives it.
 *
 * @throws {Problem} 422 with a pointer for each fault.
 */
export const validate = <Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> => {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw invalid(fieldErrors(result.error.issues, value));
};

const isZodObject = (schema: unknown): schema is z.ZodMiniObject => schema instanceof z.ZodMiniObject;

/** What is within an optional member or one with a default. */
export const unwrapped = (schema: unknown): unknown => {
  if (schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault || schema instanceof z.ZodMiniNullable)
    return unwrapped(schema._zod.def.innerType);
  return schema;
};

/** Members that a merge patch would clear although the schema has none of that name; merged, they would be gone unnoticed. */
const unknownCleared = (schema: unknown, patch: unknown, path: Path): FieldError[] => {
  const target = unwrapped(schema);
  if (!isZodObject(target) || !isObject(patch) || Array.isArray(patch)) return [];
  return Object.entries(patch).flatMap(([key, value]) => {
    const at = [...path, key];
    if (Object.hasOwn(target.shape, key)) return unknownCleared(target.shape[key], value, at);
    return value === null ? [{ pointer: pointerTo(at), code: 'unrecognized_key', detail: 'is not a property of this' }] : [];
  });
};

/**
 * Refuses a merge patch that clears what is not a property.
 *
 * @throws {Problem} 422
 */
export const assertClearsKnown = (schema: z.ZodMiniType, patch: unknown): void => {
  const errors = unknownCleared(schema, patch, []);
  if (errors.length > 0) throw invalid(errors.slice(0, mostErrors));
};

/** RFC 7396. What it is laid over stays as it is. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch) || Array.isArray(patch)) return patch;
  const base = isObject(target) && !Array.isArray(target) ? target : {};
  const untouched = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const changed = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, mergePatch(base[key], value)] as const);
  return Object.fromEntries([...untouched, ...changed]);
};
