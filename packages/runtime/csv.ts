import { stringify } from 'csv-stringify/sync';
import * as z from 'zod/mini';
import { isRecord } from '#contracts/core/json.ts';
import { unwrapped } from './validation.ts';

const cells = (value: unknown, name: string): [string, unknown][] =>
  isRecord(value) ? Object.entries(value).flatMap(([key, member]) => cells(member, name === '' ? key : `${name}.${key}`)) : [[name, value]];

/** A number stays one: its minus begins no formula. */
const cellOf = (value: unknown): string | number => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return value;
  // csv-stringify escapes what begins with any other sign that OWASP names.
  if (typeof value === 'string') return value.startsWith('\n') ? `'${value}` : value;
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join(', ') : JSON.stringify(value);
};

/** The cells that a record of this schema may have; of a union or a map nobody knows before. */
const columnsOf = (schema: unknown, name: string): string[] => {
  const target = unwrapped(schema);
  if (target instanceof z.ZodMiniObject)
    return Object.entries(target.shape).flatMap(([key, member]) => columnsOf(member, name === '' ? key : `${name}.${key}`));
  return name === '' || target instanceof z.ZodMiniRecord ? [] : [name];
};

const itemOf = (list: unknown): unknown => {
  const data = list instanceof z.ZodMiniObject ? unwrapped(list.shape.data) : undefined;
  return data instanceof z.ZodMiniArray ? data.def.element : undefined;
};

/**
 * Records as CSV (RFC 4180) with a header row: a column for each member, nested ones dotted (`utm.source`), lists of texts joined with `, `.
 * Whatever a page holds, the columns that the List's schema names come first and are the same, so that pages fit below each other; those of
 * custom fields and the like follow as they occur. Cells that a spreadsheet would take for a formula are escaped
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export const csvOf = (records: readonly unknown[], list?: z.ZodMiniType): string => {
  const rows = records.map((record) => new Map(cells(record, '')));
  const occurring = rows.flatMap((row) => [...row.keys()]);
  const columns = [...new Set([...columnsOf(itemOf(list), ''), ...occurring])];
  if (columns.length === 0) return '';
  return stringify([columns, ...rows.map((row) => columns.map((column) => cellOf(row.get(column))))], {
    escape_formulas: true,
    record_delimiter: 'windows',
    // csv-stringify by itself quotes CR LF alone; most readers end a row at either.
    quoted_match: /[\r\n]/,
  });
};
