/** What JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export const parseJson = (text: string): Json => JSON.parse(text);

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** The object, or an empty one for anything else. */
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
/** The list; a single value is a list of it, as CloudFormation and IAM have it. */
export const list = (value: Json | undefined): readonly Json[] =>
  isList(value) ? value : value === undefined || value === null ? [] : [value];
/** CloudFormation takes numbers and booleans where it wants text. */
export const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
export const number = (value: Json | undefined): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  return undefined;
};
export const boolean = (value: Json | undefined): boolean | undefined =>
  typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : undefined;
export const texts = (value: Json | undefined): readonly string[] => list(value).flatMap((entry) => text(entry) ?? []);

/** Follows property names and list positions. */
export const at = (value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined => {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = isList(found) ? found[step] : undefined;
    else found = isObject(found) ? found[step] : undefined;
  }
  return found;
};
