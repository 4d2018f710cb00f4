import { setImmediate } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { FieldError } from '#contracts/core/problems.ts';
import { ImportAdvanced } from '#contracts/events/intake.ts';
import type { ImportRejection } from '#contracts/resources/import.ts';
import { LeadInput } from '#contracts/resources/lead.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { Problem } from '#runtime/problem.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { fieldErrors, pointerTo } from '#runtime/validation.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { isTarget } from '../domain/import-columns.ts';
import { readRow } from '../domain/import-row.ts';
import {
  type ImportRecord,
  importCollection,
  importDraft,
  type Piece,
  readImport,
  readPiece,
  rejectionDraft,
  removePiece,
  type StoredRow,
} from '../store/imports.ts';
import { captureMany, type Entry, type KnownPeople, mostEntries, type Outcome, readKnown } from './capture-many.ts';

/** Milliseconds of one go, within the function's timeout: usually a whole file, so that it need not queue behind the events it causes. */
const goMilliseconds = 110_000;
// Of a transaction's hundred operations one is the record's, one may be the event's, and one takes away the piece that is done.
const room = 97;
/** Rows looked at for one transaction: more could not be written if each were rejected. */
const mostRows = 40;
/** Characters of a rejected row's values, about; more of a cell than this helps nobody. */
const valuesCharacters = 16 * 1024;

type Read = { readonly row: StoredRow; readonly entry: Entry } | { readonly row: StoredRow; readonly errors: readonly FieldError[] };

const valuesOf = ({ columns }: Piece, { cells }: StoredRow): Record<string, string> => {
  const shown = cells.length > columns.length ? cells.slice(0, columns.length) : cells;
  const size = shown.reduce((sum, cell) => sum + cell.length, 0);
  const most = size <= valuesCharacters ? valuesCharacters : Math.ceil(valuesCharacters / shown.length);
  return Object.fromEntries(shown.map((cell, index) => [columns[index]?.name ?? '', cell.slice(0, most).toWellFormed()]));
};

const readRowOf = (piece: Piece, onDuplicate: ImportRecord['onDuplicate'], row: StoredRow): Read => {
  if (row.tooLarge === true) return { row, errors: [{ pointer: '', code: 'too_big', detail: 'the row is larger than 128 KiB' }] };
  const beyond = row.cells.findIndex((cell, index) => index >= piece.columns.length && cell.trim() !== '');
  if (beyond >= 0)
    return {
      row,
      errors: [
        { pointer: '', code: 'too_many_cells', detail: `cell ${beyond + 1} is beyond the ${piece.columns.length} columns of the header` },
      ],
    };
  const { candidate, columnOf } = readRow(piece.columns, row.cells);
  const result = z.safeParse(LeadInput, candidate);
  if (!result.success) {
    const errors = fieldErrors(result.error.issues, candidate).map((error) => {
      const column = columnOf(error.pointer);
      return column === undefined ? error : { ...error, pointer: pointerTo([column]) };
    });
    return { row, errors };
  }
  const onKnown = onDuplicate === 'merge' ? 'touch' : 'refuse';
  return { row, entry: { fields: result.data, defaults: { source: 'import', channel: 'import' }, onKnown } };
};

const errorsOf = ({ errors, slug, detail, extra }: Problem): readonly FieldError[] =>
  errors ?? [{ pointer: '', code: slug, detail: typeof extra.existingId === 'string' ? `${detail} It is ${extra.existingId}.` : detail }];

/** The rows that come next, read: of those that can be leads as many as one transaction holds. */
const readRows = (
  content: Piece,
  { onDuplicate, done }: ImportRecord,
): { readonly read: readonly Read[]; readonly entries: readonly Entry[] } => {
  const read: Read[] = [];
  const entries: Entry[] = [];
  for (const row of content.rows.slice(done, done + mostRows)) {
    if (entries.length === mostEntries) break;
    const next = readRowOf(content, onDuplicate, row);
    read.push(next);
    if ('entry' in next) entries.push(next.entry);
  }
  return { read, entries };
};

/** What a step decides upon: its rows, and what is known by their addresses. */
interface Ahead extends ReturnType<typeof readRows> {
  readonly known: KnownPeople;
}

/** What becomes of the next rows, as many as one transaction holds. */
const takeRows = async (unit: UnitOfWork, record: ImportRecord, piece: Piece, ahead: Ahead | undefined) => {
  const { read, entries } = ahead ?? readRows(piece, record);
  const rejectedAtMost = read.length - entries.length;
  const captured =
    entries.length === 0 ? { outcomes: [], writes: [], events: [] } : await captureMany(unit, entries, room - rejectedAtMost, ahead?.known);
  const waiting: Outcome[] = [...captured.outcomes];
  const rejections: ImportRejection[] = [];
  const counts = { processed: 0, created: 0, merged: 0, rejected: 0 };
  const reject = (row: StoredRow, errors: readonly FieldError[]) => {
    rejections.push({ row: row.row, errors: [...errors], values: valuesOf(piece, row) });
    counts.rejected += 1;
  };
  for (const each of read) {
    if ('errors' in each) reject(each.row, each.errors);
    else {
      const outcome = waiting.shift();
      if (outcome === undefined) break;
      if (outcome.kind === 'refused') reject(each.row, errorsOf(outcome.problem));
      else if (outcome.kind === 'new') counts.created += 1;
      else counts.merged += 1;
    }
    counts.processed += 1;
  }
  const writes: Write[] = [
    ...captured.writes,
    ...rejections.map((rejection): Write => ({ op: 'create', item: rejectionDraft(record.id, rejection) })),
  ];
  return { counts, writes, events: captured.events, taken: entries.slice(0, captured.outcomes.length) };
};

/** What is known between the steps of one go; whoever takes it forgets it, so that a step run anew reads again. A piece stays as it is. */
interface Memory {
  item: Item<ImportRecord> | undefined;
  ahead: Ahead | undefined;
  piece: { readonly number: number; readonly content: Piece } | undefined;
}

/** The piece of the file that the import is at; undefined at the end of the file. */
const pieceAt = async (table: Reader, { id, piece: number, pieces }: ImportRecord, memory: Memory): Promise<Piece | undefined> => {
  if (number >= pieces) return undefined;
  if (memory.piece?.number !== number) memory.piece = { number, content: await readPiece(table, id, number, isTarget) };
  return memory.piece.content;
};

/**
 * What the next step decides upon, read while the transaction before it is under way. Undefined where that reading would not show what the
 * transaction writes, for `under` are the entries in it, or failed: the step then reads for itself.
 */
const lookAhead = async (table: Reader, next: ImportRecord, memory: Memory, under: readonly Entry[]): Promise<Ahead | undefined> => {
  // The transaction is on its way before this thread takes to reading rows.
  await setImmediate();
  try {
    const content = await pieceAt(table, next, memory);
    if (content === undefined) return undefined;
    const rows = readRows(content, next);
    const emails = new Set(under.flatMap(({ fields }) => fields.email ?? []));
    if (rows.entries.some(({ fields: { email } }) => email !== undefined && emails.has(email))) return undefined;
    return { ...rows, known: await readKnown(table, rows.entries) };
  } catch {
    return undefined;
  }
};

const nothing: Awaited<ReturnType<typeof takeRows>> = {
  counts: { processed: 0, created: 0, merged: 0, rejected: 0 },
  writes: [],
  events: [],
  taken: [],
};

const step = async (unit: UnitOfWork, importId: string, run: number, until: number, memory: Memory): Promise<boolean> => {
  const item = memory.item ?? (await readImport(unit.table, importId));
  const ahead = memory.ahead;
  memory.item = undefined;
  memory.ahead = undefined;
  if (item === undefined || item.data.status === 'done' || item.data.run !== run) return false;
  const before = item.data;
  const piece = await pieceAt(unit.table, before, memory);
  const { counts, writes, events, taken } = piece === undefined ? nothing : await takeRows(unit, before, piece, ahead);
  const done = before.done + counts.processed;
  const isPieceDone = piece === undefined || done >= piece.rows.length;
  const isDone = isPieceDone && before.piece + 1 >= before.pieces;
  const isGoOver = !isDone && Date.parse(unit.now) >= until;
  const next: ImportRecord = {
    ...before,
    status: isDone ? 'done' : 'running',
    processed: before.processed + counts.processed,
    created: before.created + counts.created,
    merged: before.merged + counts.merged,
    rejected: before.rejected + counts.rejected,
    updatedAt: unit.now,
    ...(isDone ? { finishedAt: unit.now } : {}),
    piece: isPieceDone ? before.piece + 1 : before.piece,
    done: isPieceDone ? 0 : done,
    run: isGoOver ? run + 1 : run,
  };
  const advanced = {
    contract: ImportAdvanced,
    collection: importCollection(importId),
    subject: importId,
    sequence: run + 1,
    data: { importId, run: run + 1 },
  };
  const draft = importDraft(next);
  const goesOn = !isDone && !isGoOver;
  const [coming] = await Promise.all([
    goesOn ? lookAhead(unit.table, next, memory, taken) : undefined,
    unit.commit({
      writes: [
        { op: 'replace', item: draft, ifRev: item.rev },
        ...(isPieceDone && before.piece < before.pieces ? [removePiece(importId, before.piece)] : []),
        ...writes,
      ],
      events: isGoOver ? [...events, advanced] : events,
    }),
  ]);
  memory.item = { ...draft, rev: item.rev + 1 };
  memory.ahead = coming;
  return goesOn;
};

/**
 * Works off rows of an import, in the order of the file, for some seconds; then the next go is asked for by an event in the last step's own
 * transaction. A step writes its rows and how far it came at once, so a go that was cut short is gone on with, and no row counts twice.
 */
export const workOffImport: EventHandler<typeof ImportAdvanced> = async (event, unit) => {
  const { importId, run } = event.data;
  const until = Date.parse(unit.now) + goMilliseconds;
  const memory: Memory = { item: undefined, ahead: undefined, piece: undefined };
  while (await unit.step((inner) => step(inner, importId, run, until, memory)));
};
