import { stringify } from 'csv-stringify/sync';
import { isRecord } from '#contracts/core/json.ts';

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

/**
 * Records as CSV (RFC 4180) with a header row: a column for each member, nested ones dotted (`utm.source`), lists of texts joined with `, `.
 * Cells that a spreadsheet would take for a formula are escaped (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export const csvOf = (records: readonly unknown[]): string => {
  const rows = records.map((record) => new Map(cells(record, '')));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (columns.length === 0) return '';
  return stringify([columns, ...rows.map((row) => columns.map((column) => cellOf(row.get(column))))], {
    escape_formulas: true,
    record_delimiter: 'windows',
    // csv-stringify by itself quotes CR LF alone; most readers end a row at either.
    quoted_match: /[\r\n]/,
  });
};
