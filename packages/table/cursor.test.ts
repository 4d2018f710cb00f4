import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCursor, sealCursor } from './cursor.ts';
import { InvalidCursor } from './errors.ts';

const secret = 'a signing secret';
const query = { operation: 'listLeads', status: 'new', tag: undefined, descending: true };

describe('a cursor', () => {
  test('gives its position back to the same query, in whatever order its filters are written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (position) => {
        const cursor = sealCursor(secret, { position, query });
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(openCursor(secret, cursor, { descending: true, status: 'new', operation: 'listLeads' })).toBe(position);
      }),
    );
  });

  test('is refused for other filters, another operation, another sort, another secret', () => {
    const cursor = sealCursor(secret, { position: '2026#lead_1', query });
    for (const other of [
      { ...query, status: 'working' },
      { ...query, tag: 'x' },
      { ...query, operation: 'listDeals' },
      { ...query, descending: false },
    ]) {
      expect(() => openCursor(secret, cursor, other)).toThrow(InvalidCursor);
    }
    expect(() => openCursor('another secret', cursor, query)).toThrow(InvalidCursor);
  });

  test('is refused when any part of it was altered, or it was made up', () => {
    const cursor = sealCursor(secret, { position: '2026#lead_1', query });
    fc.assert(
      fc.property(fc.nat({ max: Buffer.from(cursor, 'base64url').length - 1 }), fc.integer({ min: 1, max: 255 }), (i, flip) => {
        const bytes = Buffer.from(cursor, 'base64url');
        bytes[i] = (bytes[i] ?? 0) ^ flip;
        expect(() => openCursor(secret, bytes.toString('base64url'), query)).toThrow(InvalidCursor);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (madeUp) => {
        expect(() => openCursor(secret, madeUp, query)).toThrow(InvalidCursor);
      }),
    );
    for (const more of ['=', 'A']) expect(() => openCursor(secret, cursor + more, query)).toThrow(InvalidCursor);
    expect(() => openCursor(secret, 'A'.repeat(1_000_000), query)).toThrow(InvalidCursor);
  });
});
