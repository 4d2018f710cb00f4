import { isDeepStrictEqual } from 'node:util';

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);

/** A record with its blanks filled, and the names of the fields that were; nothing that was there is overwritten. */
export const fillBlanks = <R extends object>(present: R, offered: Partial<R>): { readonly next: R; readonly filled: readonly string[] } => {
  const known = new Map<string, unknown>(Object.entries(present));
  const fills = Object.entries(offered).filter(([field, value]) => !isBlank(value) && isBlank(known.get(field)));
  return { next: { ...present, ...Object.fromEntries(fills) }, filled: fills.map(([field]) => field) };
};

// What is stored has no undefined members and keeps the members of an object in no order.
const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** Names of the fields in which two records differ. */
export const changedFields = (before: object, after: object): string[] => {
  const [was, is] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))];
  const names = new Set([...was.keys(), ...is.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(asJson(was.get(name)), asJson(is.get(name))));
};
