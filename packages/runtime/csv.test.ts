import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { listOf } from '#contracts/core/values.ts';
import { csvOf } from './csv.ts';

const cellOf = (value: unknown): string =>
  csvOf([{ value }])
    .replace(/^value\r\n/, '')
    .replace(/\r\n$/, '');

/** As a spreadsheet reads it. */
const read = (csv: string): string[] => parse(csv, { record_delimiter: '\r\n' }).flat();

const startsFormula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

describe('a cell', () => {
  it.each([
    '=1+1',
    '+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '＝1',
    '＋1',
    '－1',
    '＠1',
    '=HYPERLINK("http://x.example","a")',
    '-',
  ])('that would be a formula, %j, is text', (text) => {
    const [cell = ''] = read(`${cellOf(text)}\r\n`);
    expect(cell).toBe(`'${text}`);
  });

  it.each(['a=1', "'=1", '"=1', ' =1', 'a\n=1', '1-1', 'x@y.example', ''])('that is none, %j, stays as it is', (text) => {
    expect(read(`${cellOf(text)}\r\n`)).toEqual([text]);
  });

  it.each(['a\nb', 'a\rb', 'a\r\nb', 'b\n'])(
    'of several lines, %j, is quoted, since readers end a row at any line break (RFC 4180)',
    (text) => {
      expect(cellOf(text)).toBe(`"${text}"`);
    },
  );

  it('that is a negative number stays a number', () => {
    expect([cellOf(-5), cellOf(-0.25), cellOf(1e21)]).toEqual(['-5', '-0.25', '1e+21']);
  });

  it('of a list or a nested member is escaped like any other', () => {
    expect(csvOf([{ tags: ['=1', 'b'], utm: { source: '=2' } }])).toBe('tags,utm.source\r\n"\'=1, b",\'=2\r\n');
  });

  it('begins no formula, whatever was typed into it or its neighbours', () => {
    const typed = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '"', "'", ',', '\t', '\r', '\n', ' ', 'a'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.record({ first: typed, second: typed, third: typed }), { minLength: 1, maxLength: 3 }), (records) => {
        const cells = read(csvOf(records));
        expect(cells).toHaveLength(3 + records.length * 3);
        for (const cell of cells) expect(cell).not.toMatch(startsFormula);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe('a column', () => {
  const list = listOf(
    z.object({
      id: z.string(),
      note: z.optional(z.string()),
      utm: z.optional(z.object({ source: z.optional(z.string()), medium: z.optional(z.string()) })),
      tags: z._default(z.array(z.string()), []),
      customFields: z.optional(z.record(z.string(), z.unknown())),
    }),
  );

  it('stands for each member of the contract, whichever the page holds, so that pages fit below each other', () => {
    const header = 'id,note,utm.source,utm.medium,tags';
    expect(csvOf([], list)).toBe(`${header}\r\n`);
    expect(csvOf([{ id: 'a', tags: ['x'] }], list)).toBe(`${header}\r\na,,,,x\r\n`);
    expect(csvOf([{ tags: [], utm: { medium: 'm' }, id: 'b' }], list)).toBe(`${header}\r\nb,,,m,\r\n`);
  });

  it('of a custom field follows where the page holds one', () => {
    expect(csvOf([{ id: 'a', customFields: { size: 2 } }, { id: 'b' }], list)).toBe(
      'id,note,utm.source,utm.medium,tags,customFields.size\r\na,,,,,2\r\nb,,,,,\r\n',
    );
  });

  it('that would be a formula, by the name of a custom field, is text', () => {
    expect(csvOf([{ '=1+1': 'a', customFields: { '=2': 'b' } }])).toBe("'=1+1,customFields.=2\r\na,b\r\n");
  });
});
