import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, fromAttributes, sizeOf, toAttributes } from './attributes.ts';
import { InvalidTransaction } from './errors.ts';

const item = { pk: 'intake#lead#1', sk: 'lead', kind: 'lead', rev: 3 };

// DynamoDB's own rules for what may be stored.
const assertStorable = (value: ReturnType<typeof encode>, depth = 1): void => {
  expect(depth).toBeLessThanOrEqual(32);
  if (value.N !== undefined)
    expect(Number(value.N) === 0 || (Math.abs(Number(value.N)) < 1e126 && Math.abs(Number(value.N)) >= 1e-130)).toBe(true);
  for (const [name, inner] of Object.entries(value.M ?? {})) {
    expect(name).not.toBe('');
    assertStorable(inner, depth + 1);
  }
  for (const inner of value.L ?? []) assertStorable(inner, depth + 1);
};

const nested = (levels: number): unknown => (levels === 0 ? 'deep' : { a: [nested(levels - 1)] });

describe('data', () => {
  test('comes back as the JSON it was, whatever JSON it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const encoded = encode(value);
        assertStorable(encoded);
        expect(JSON.stringify(decode(encoded))).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('of an item comes back as the JSON it was, large or small, with numbers beside the text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(3), (data, copies) => {
        const written = { ...data, copies: Array.from({ length: copies }, () => [data, 'x'.repeat(400)]) };
        const { data: read } = fromAttributes(toAttributes({ ...item, data: written }));
        expect(read).toEqual(JSON.parse(JSON.stringify(written)));
      }),
      { numRuns: 500 },
    );
  });

  test('beyond a kilobyte lies compressed, and costs fewer units', () => {
    const data = { lead: { message: 'We would like to know more about your product. '.repeat(40), tags: ['a', 'b'] }, sequence: 7 };
    const attributes = toAttributes({ ...item, data });
    expect(attributes.data?.B?.byteLength).toBeLessThan(200);
    expect(attributes['data.sequence']).toEqual({ N: '7' });
    expect(fromAttributes(attributes).data).toEqual(data);
    expect(toAttributes({ ...item, data: { lead: { lastName: 'Ada' } } }).data).toEqual({ S: '{"lead":{"lastName":"Ada"}}' });
  });

  test('that was written as a map, as all was once, is read all the same', () => {
    const { data } = fromAttributes({
      ...toAttributes({ ...item, data: {} }),
      data: { M: { lead: { M: { lastName: { S: 'Ada' }, tags: { L: [] } } } } },
      'data.sequence': { N: '2' },
    });
    expect(data).toEqual({ lead: { lastName: 'Ada', tags: [] }, sequence: 2 });
  });

  test('that DynamoDB has no room for is kept all the same: 1e300, an empty name, forty levels', () => {
    const value = { huge: 1e300, tiny: 5e-324, '': { '': 1, '\u0000': 2 }, deep: nested(40) };
    const encoded = encode(value);
    assertStorable(encoded);
    expect(decode(encoded)).toEqual(value);
  });

  test('with a member named __proto__ is data, nothing more', () => {
    const read = fromAttributes(toAttributes({ ...item, data: JSON.parse('{"__proto__":{"admin":true},"customFields":{"__proto__":1}}') }));
    expect(JSON.stringify(read.data)).toBe('{"__proto__":{"admin":true},"customFields":{"__proto__":1}}');
    expect(Object.getPrototypeOf(read.data)).toBe(Object.prototype);
  });

  test('leaves out what is undefined, and refuses what is not JSON', () => {
    expect(fromAttributes(toAttributes({ ...item, data: { a: undefined, b: { c: undefined }, d: [undefined] } })).data).toEqual({
      b: {},
      d: [null],
    });
    expect(() => encode(10n)).toThrow(InvalidTransaction);
    expect(() => toAttributes({ ...item, data: 'text' })).toThrow(InvalidTransaction);
    expect(() => toAttributes({ ...item, data: { a: [10n] } })).toThrow(InvalidTransaction);
  });
});

describe('an item', () => {
  test('comes back with its keys, indexes, revision and expiry', () => {
    const whole = {
      ...item,
      data: { score: 12.5, name: 'Ada', money: { amount: 129900, currency: 'EUR' } },
      indexes: { gsi1: { pk: 'intake#leads#0', sk: '2026#1' }, gsi3: { pk: 'intake#tag#x', sk: '1' } },
      expiresAt: 1_795_000_000,
    };
    const attributes = toAttributes(whole);
    expect(fromAttributes(attributes)).toEqual(whole);
    expect(attributes).toMatchObject({ 'data.score': { N: '12.5' }, gsi1pk: { S: 'intake#leads#0' }, expiresAt: { N: '1795000000' } });
    expect(attributes).not.toHaveProperty('gsi2pk');
  });

  test('is read from the image of a stream record, whose binary is base64', () => {
    const data = { x: { huge: 1e300 }, text: 'é'.repeat(2_000) };
    const attributes = { ...toAttributes({ ...item, data }), 'data.y': encode({ huge: 1e300 }) };
    const image = JSON.parse(
      JSON.stringify(attributes, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value)),
    );
    expect(fromAttributes(image).data).toEqual({ ...data, y: { huge: 1e300 } });
  });

  test('of another making is refused', () => {
    expect(() => fromAttributes({ pk: { S: 'a' } })).toThrow(TypeError);
  });

  test('is measured no smaller than its text', () => {
    expect(sizeOf({ data: encode({ text: 'é'.repeat(1000) }) })).toBeGreaterThan(2000);
  });
});
