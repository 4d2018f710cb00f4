import { ImportAdvanced } from '#contracts/events/intake.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { accepted } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalid, invalidField, malformed } from '#runtime/problem.ts';
import type { Draft } from '#table/item.ts';
import { canMakeLeads, columnsOf, readMapping, unusedMappings } from '../domain/import-columns.ts';
import { columnsDraft, type ImportRecord, importCollection, importDraft, importOf, pieceDraft, type StoredRow } from '../store/imports.ts';

/** Characters of a piece, about: 4 MiB then are at most 65 pieces, which with the rest fit one transaction. */
const pieceCharacters = 64 * 1024;
/** A larger row is no lead, and is kept only as far as it takes to be recognised. */
const rowCharacters = 128 * 1024;
const keptCharacters = 200;
const mostColumns = 200;

const mappingsOf = (map: string | readonly string[] | undefined) =>
  [map ?? []].flat().map((text) => {
    const mapping = readMapping(text);
    if (mapping === undefined)
      throw malformed('invalid-query', 'A query parameter is not valid.', [
        { pointer: '?map', code: 'invalid_value', detail: 'must be their column and our field, such as map=Their Column:lastName' },
      ]);
    return mapping;
  });

const sizeOf = (cells: readonly string[]): number => cells.reduce((size, cell) => size + cell.length + 1, 0);

/** Puts rows into pieces as they are read. */
const piecesOf = () => {
  const pieces: StoredRow[][] = [];
  let room = 0;
  let total = 0;
  return {
    add: (cells: readonly string[], row: number): void => {
      const size = sizeOf(cells);
      const stored: StoredRow =
        size > rowCharacters
          ? { row, cells: cells.slice(0, mostColumns).map((cell) => cell.slice(0, keptCharacters).toWellFormed()), tooLarge: true }
          : { row, cells };
      const last = pieces.at(-1);
      if (last === undefined || room <= 0) {
        pieces.push([stored]);
        room = pieceCharacters;
      } else last.push(stored);
      room -= Math.min(size, rowCharacters);
      total += 1;
    },
    done: () => ({ pieces, total }),
  };
};

const read = async (text: string) => {
  // Loaded with the first import: every other request of this function starts the faster without it.
  const { readCsv, UnreadableCsv } = await import('../domain/csv.ts');
  const rows = piecesOf();
  try {
    const header = readCsv(text, rows.add);
    return { header, ...rows.done() };
  } catch (error) {
    if (!(error instanceof UnreadableCsv)) throw error;
    throw invalidField('', 'unreadable_csv', `The file cannot be read as CSV: ${error.message}.`);
  }
};

/**
 * Takes a CSV file in, whole; its rows are worked off in the background. Output: 202 with the import. Refusals: 400 for a `map` that is none,
 * 422 for a file that cannot be read, is empty, or has no column that could make a lead, and for a `map` of a column that is not there.
 */
export const createImport: Handler<typeof intakeRoutes.createImport> = async (request, unit) => {
  const mapping = mappingsOf(request.query.map);
  const { header, pieces, total } = await read(request.body);
  if (header.length === 0) throw invalidField('', 'empty', 'The file is empty.');
  if (header.length > mostColumns) throw invalidField('', 'too_big', `The file must not have more than ${mostColumns} columns.`);
  const unused = unusedMappings(header, mapping);
  if (unused.length > 0)
    throw invalid(unused.map((theirs) => ({ pointer: '?map', code: 'unknown_column', detail: `the file has no column “${theirs}”` })));
  const columns = columnsOf(header, mapping);
  if (!canMakeLeads(columns))
    throw invalidField(
      '',
      'no_known_column',
      `No column is known as an e-mail, phone, last name or company. Say which it is by map=their:ours. The columns are: ${columns
        .map(({ name }) => name)
        .join(', ')
        .slice(0, 500)}.`,
    );

  const id = unit.newId('import');
  const record: ImportRecord = {
    id,
    status: 'queued',
    onDuplicate: request.query.onDuplicate,
    total,
    processed: 0,
    created: 0,
    merged: 0,
    rejected: 0,
    createdAt: unit.now,
    updatedAt: unit.now,
    version: 1,
    pieces: pieces.length,
    piece: 0,
    done: 0,
    run: 1,
  };
  const items: Draft[] = [importDraft(record), columnsDraft(id, columns), ...pieces.map((rows, piece) => pieceDraft(id, piece, rows))];
  const answer = accepted(importOf(record), { etag: etagOf({ version: 1, derived: 1 }), headers: { location: `/v1/imports/${id}` } });
  await unit.commit({
    writes: items.map((item) => ({ op: 'create', item })),
    events: [{ contract: ImportAdvanced, collection: importCollection(id), subject: id, sequence: 1, data: { importId: id, run: 1 } }],
    answer,
  });
  return answer;
};
