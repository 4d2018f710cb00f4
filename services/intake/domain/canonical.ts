import { createHash } from 'node:crypto';

/** JSON that is the same for equal values, whatever the order of their members. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** A short, key-safe digest of texts: SHA-256, base64url. */
export const digestOf = (...texts: readonly string[]): string => createHash('sha256').update(JSON.stringify(texts)).digest('base64url');

/** 32 bits that tell two states of a resource apart, for its entity tag. */
export const fingerprintOf = (value: unknown): number => createHash('sha256').update(canonicalJson(value)).digest().readUInt32BE();

/** The same value with its members in the order of these names, for people who read answers: DynamoDB keeps no order. */
export const inOrder = <T extends object>(names: readonly string[], value: T): T =>
  Object.assign(
    Object.fromEntries(names.filter((name) => Object.hasOwn(value, name)).map((name): [string, unknown] => [name, undefined])),
    value,
  );
