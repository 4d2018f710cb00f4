import { CsvError, parse } from 'csv-parse/sync';

/** What separates the cells: a file says it by its header row, or Excel's `sep=;` before that. */
export type Separator = ',' | ';' | '\t';

const separators: readonly Separator[] = [',', ';', '\t'];

const declared = /^\ufeff?sep=([,;\t])\r?\n/i;

/** The separator that the header row has most of outside quotes; a comma when it has none. */
export const separatorOf = (text: string): Separator => {
  const said = declared.exec(text)?.[1];
  const counts = new Map<string, number>(separators.map((separator) => [separator, 0]));
  let quoted = false;
  for (const character of said === undefined ? text : '') {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) break;
    else if (!quoted) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const most = separators.reduce((best, next) => ((counts.get(next) ?? 0) > (counts.get(best) ?? 0) ? next : best));
  return separators.find((separator) => separator === said) ?? most;
};

/** The file cannot be read as CSV. */
export class UnreadableCsv extends Error {
  override readonly name = 'UnreadableCsv';
}

/**
 * Reads CSV (RFC 4180, and what spreadsheets make of it: a quote inside an unquoted cell stands for itself, rows may be longer or shorter
 * than the header). `eachRow` is given the cells and the row's number, from 1 for the first after the header; blank rows count, but are not
 * given. Gives the header's cells, none for an empty file.
 *
 * @throws {UnreadableCsv} when a quote is never closed.
 */
export const readCsv = (text: string, eachRow: (cells: readonly string[], row: number) => void): readonly string[] => {
  const prefix = declared.exec(text)?.[0] ?? '';
  let header: readonly string[] | undefined;
  let row = 0;
  const onRecord = (cells: string[]): null => {
    const blank = cells.every((cell) => cell.trim() === '');
    if (header === undefined) {
      if (!blank) header = cells;
      return null;
    }
    row += 1;
    if (!blank) eachRow(cells, row);
    return null;
  };
  try {
    parse(text.slice(prefix.length), {
      bom: true,
      delimiter: separatorOf(text),
      relax_column_count: true,
      relax_quotes: true,
      on_record: onRecord,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableCsv(
      error.code === 'CSV_QUOTE_NOT_CLOSED' ? `a quoted cell that begins after row ${row} is not closed` : `row ${row + 1} cannot be read`,
    );
  }
  return header ?? [];
};
