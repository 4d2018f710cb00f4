import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys, endOfPrefix, keyRange } from './range.ts';

// Well-formed text, since DynamoDB stores UTF-8.
const text = fc.string({ unit: 'binary', maxLength: 6 });

describe('sort keys', () => {
  test('compare as their UTF-8 bytes do', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
    expect(compareKeys('\uffee', '😀')).toBeLessThan(0);
  });

  test('that begin with a prefix lie between it and its end, and no others do', () => {
    fc.assert(
      fc.property(
        text.filter((prefix) => prefix !== ''),
        text,
        (prefix, key) => {
          const end = endOfPrefix(prefix);
          const between = compareKeys(key, prefix) >= 0 && (end === undefined || compareKeys(key, end) < 0);
          expect(between).toBe(key.startsWith(prefix));
        },
      ),
      { numRuns: 2000 },
    );
    expect(endOfPrefix('a#')).toBe('a$');
    expect(endOfPrefix('\u{10ffff}')).toBeUndefined();
  });

  test('DynamoDB gets one condition, strict where it can be', () => {
    expect(keyRange({})?.condition).toBeUndefined();
    expect(keyRange({ prefix: 'a#' })?.condition).toBe('begins_with(#sk, :prefix)');
    expect(keyRange({ after: 'a' })).toMatchObject({ condition: '#sk > :lower', values: { ':lower': { S: 'a' } } });
    expect(keyRange({ after: 'a', descending: true })?.condition).toBe('#sk < :upper');
    expect(keyRange({ prefix: 'a#', after: 'a#5', descending: true })).toMatchObject({
      condition: '#sk BETWEEN :lower AND :upper',
      values: { ':lower': { S: 'a#' }, ':upper': { S: 'a#5' } },
    });
    expect(keyRange({ from: 'b', to: 'a' })).toBeUndefined();
  });
});
