import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Problem } from './problem.ts';
import { assertClearsKnown, mergePatch, validate } from './validation.ts';

const errorsOf = (schema: z.ZodMiniType, value: unknown) => {
  try {
    validate(schema, value);
  } catch (error) {
    if (error instanceof Problem) return error.errors;
    throw error;
  }
  return [];
};

describe('validation', () => {
  it('points at each fault with a JSON Pointer', () => {
    const schema = z.strictObject({ 'a/b': z.object({ 'c~d': z.array(z.int().check(z.minimum(1))) }) });
    expect(errorsOf(schema, { 'a/b': { 'c~d': [1, 0] } })).toEqual([
      { pointer: '/a~1b/c~0d/1', code: 'too_small', detail: 'must be at least 1' },
    ]);
  });

  it('names each property that is not one', () => {
    expect(errorsOf(z.strictObject({}), { x: 1, y: 2 })?.map(({ pointer }) => pointer)).toEqual(['/x', '/y']);
  });

  it('tells a missing property from one of another type', () => {
    const schema = z.object({ a: z.string(), b: z.string() });
    expect(errorsOf(schema, { b: 1 })).toEqual([
      { pointer: '/a', code: 'required', detail: 'is required' },
      { pointer: '/b', code: 'invalid_type', detail: 'must be a string' },
    ]);
  });

  it('speaks of the form of a union that was meant', () => {
    const schema = z.object({ when: z.union([z.string(), z.object({ all: z.array(z.string()) })]) });
    expect(errorsOf(schema, { when: { all: [1] } })).toEqual([
      { pointer: '/when/all/0', code: 'invalid_type', detail: 'must be a string' },
    ]);
    expect(errorsOf(schema, { when: 1 })).toEqual([
      { pointer: '/when', code: 'invalid_union', detail: 'fits none of the forms that are allowed' },
    ]);
  });

  it('never repeats what was sent', () => {
    const schema = z.strictObject({
      a: z.enum(['x']),
      b: z.string().check(z.maxLength(3)),
      c: z.record(z.string().check(z.maxLength(2)), z.string()),
    });
    expect(JSON.stringify(errorsOf(schema, { a: 'secret', b: 'secret', c: { k: 1 } }))).not.toContain('secret');
  });

  it('gives 50 errors at most', () => {
    expect(
      errorsOf(
        z.array(z.string()),
        Array.from({ length: 200 }, () => 1),
      ),
    ).toHaveLength(50);
  });
});

describe('merge patch', () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, patch, outcome) => {
    expect(mergePatch(target, patch)).toEqual(outcome);
  });

  it('is the same done twice, and leaves what it is laid over as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const before = JSON.stringify(target);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify(target)).toBe(before);
      }),
    );
  });
});

describe('a merge patch that clears', () => {
  const schema = z.strictObject({
    utm: z.optional(z.strictObject({ source: z.optional(z.string()) })),
    tags: z._default(z.array(z.string()), []),
    custom: z.optional(z.record(z.string(), z.string())),
  });

  it('may name any property, and any key of a record', () => {
    for (const patch of [{ utm: null, tags: null }, { utm: { source: null } }, { custom: { anything: null } }, { utm: 'x' }, [], 'x'])
      expect(() => assertClearsKnown(schema, patch)).not.toThrow();
  });

  it('is refused where it names what is none', () => {
    try {
      assertClearsKnown(schema, { nope: null, utm: { medium: null } });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ status: 422, errors: [{ pointer: '/nope' }, { pointer: '/utm/medium' }] });
    }
  });
});
