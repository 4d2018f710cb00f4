import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multipartPairs } from './multipart.ts';
import { Problem } from './problem.ts';

const type = 'multipart/form-data; boundary=b';

const read = async (bytes: Buffer): Promise<unknown> => {
  try {
    return await multipartPairs(bytes, type);
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
};

describe('a multipart body', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/["\\\r\n\p{Cc}]/u.test(text));
  const value = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('--b'));

  it('gives back every field as it was put in, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 6 }), async (pairs) => {
        const parts = pairs.map(([field, text]) => `--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${text}\r\n`);
        expect(await read(Buffer.from(`${parts.join('')}--b--\r\n`))).toEqual(pairs);
      }),
    );
  });

  it('of whatever bytes is read or refused, never waited for, and nothing escapes', async () => {
    const piece = fc.constantFrom(
      '--b\r\n',
      '--b--',
      '--b--\r\n',
      '\r\n',
      '\r\n\r\n',
      '\n',
      'Content-Disposition: form-data; name="a"',
      'Content-Disposition: form-data; name="a"; filename="f"',
      'Content-Disposition: form-data; name="a"; filename=""',
      "Content-Disposition: form-data; name*=utf-8''%ff",
      'Content-Disposition: attachment',
      'Content-Type: application/octet-stream',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Type: text/plain; charset=nonsense',
      ': ',
      'x',
      '-',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), fc.nat(3), async (pieces, cutOff) => {
        const bytes = Buffer.from(pieces.join(''));
        const outcome = await read(bytes.subarray(0, Math.max(0, bytes.length - cutOff)));
        expect(Array.isArray(outcome) || outcome === 400 || outcome === 422).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
