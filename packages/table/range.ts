import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * Order of sort keys in DynamoDB: by UTF-8 bytes, which is by code point. JavaScript compares UTF-16 units, which differs above U+FFFF.
 */
export const compareKeys = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
};

// Surrogates stand for code points above all others, so they rank last.
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** The least key greater than all that begin with the prefix; undefined when there is none. */
export const endOfPrefix = (prefix: string): string | undefined => {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point < 0x10ffff) return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
};

export interface RangeBounds {
  readonly prefix?: string;
  readonly from?: string;
  readonly to?: string;
  readonly after?: string;
  readonly descending?: boolean;
}

export interface KeyRange {
  /** Condition on `#sk`; undefined for all keys. */
  readonly condition: string | undefined;
  readonly values: Readonly<Record<string, AttributeValue>>;
  /** The condition may let in up to two keys at its ends that are not of the range. */
  readonly includes: (sk: string) => boolean;
}

const greatest = (keys: readonly (string | undefined)[]): string | undefined =>
  keys.reduce((best, key) => (key === undefined || (best !== undefined && compareKeys(best, key) >= 0) ? best : key), undefined);

const least = (keys: readonly (string | undefined)[]): string | undefined =>
  keys.reduce((best, key) => (key === undefined || (best !== undefined && compareKeys(best, key) <= 0) ? best : key), undefined);

/** DynamoDB allows one condition on the sort key, and BETWEEN includes both ends. Undefined when the range is empty. */
export const keyRange = ({ prefix, from, to, after, descending = false }: RangeBounds): KeyRange | undefined => {
  const includes = (sk: string): boolean =>
    sk !== after &&
    (prefix === undefined || sk.startsWith(prefix)) &&
    (from === undefined || compareKeys(sk, from) >= 0) &&
    (to === undefined || compareKeys(sk, to) <= 0);
  if (prefix !== undefined && from === undefined && to === undefined && after === undefined) {
    if (prefix === '') return { condition: undefined, values: {}, includes };
    return { condition: 'begins_with(#sk, :prefix)', values: { ':prefix': { S: prefix } }, includes };
  }
  const lower = greatest([prefix === '' ? undefined : prefix, from, descending ? undefined : after]);
  const upper = least([prefix === undefined ? undefined : endOfPrefix(prefix), to, descending ? after : undefined]);
  if (lower !== undefined && upper !== undefined) {
    if (compareKeys(lower, upper) > 0) return undefined;
    return { condition: '#sk BETWEEN :lower AND :upper', values: { ':lower': { S: lower }, ':upper': { S: upper } }, includes };
  }
  if (lower !== undefined) return { condition: `#sk ${lower === after ? '>' : '>='} :lower`, values: { ':lower': { S: lower } }, includes };
  if (upper !== undefined) return { condition: `#sk ${upper === after ? '<' : '<='} :upper`, values: { ':upper': { S: upper } }, includes };
  return { condition: undefined, values: {}, includes };
};
