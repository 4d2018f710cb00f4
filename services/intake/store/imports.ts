import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { Import, type ImportRejection } from '#contracts/resources/import.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Page } from '#table/table.ts';
import type { Write } from '#table/transaction.ts';
import { inOrder } from '../domain/canonical.ts';
import type { Column } from '../domain/import-columns.ts';

/** A row of the file as it is stored: its number and its cells; `tooLarge` when they had to be cut to be kept. */
export interface StoredRow {
  readonly row: number;
  readonly cells: readonly string[];
  readonly tooLarge?: true;
}

/** The job: what callers see of it, and how far it is. Its revision is the mark of the last step. */
export interface ImportRecord extends Import {
  /** How many pieces the file is stored in, the one to go on with, and how many of its rows are done. */
  readonly pieces: number;
  readonly piece: number;
  readonly done: number;
  /** Counts the goes at it, so that an event that comes twice doesn't start two. */
  readonly run: number;
}

const list = partition('intake', 'imports');
const rejectionPrefix = 'rejection#';

/** Partition of an import: its record, its rows, its rejections and its events. */
export const importCollection = (importId: string): string => partition('intake', 'import', importId);

export const importDraft = (record: ImportRecord): Draft<ImportRecord> => ({
  pk: importCollection(record.id),
  sk: 'record',
  kind: 'import',
  data: defined({ ...record }),
  indexes: { gsi1: { pk: shardPartition(list, record.id), sk: `${record.createdAt}#${record.id}` } },
});

/** The import as the API answers it. */
export const importOf = ({ pieces: _pieces, piece: _piece, done: _done, run: _run, ...shown }: ImportRecord): Import =>
  inOrder(Object.keys(Import.shape), shown);

export const readImport = (table: Reader, importId: string): Promise<Item<ImportRecord> | undefined> =>
  table.get<ImportRecord>({ pk: importCollection(importId), sk: 'record' });

type Place = { readonly limit: number; readonly after: string | undefined };

export const listImportItems = (table: Reader, { limit, after }: Place): Promise<Page<ImportRecord>> =>
  table.list<ImportRecord>({
    partitions: shardPartitions(list),
    index: 'gsi1',
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });

const packed = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64');
const unpacked = (text: string): unknown => JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString());

const Columns = z.array(z.object({ name: z.string(), target: z.string() }));
const Rows = z.array(z.tuple([z.int(), z.array(z.string()), z.optional(z.literal(1))]));

/** The columns of the file and what they fill, compressed. */
export const columnsDraft = (importId: string, columns: readonly Column[]): Draft => ({
  pk: importCollection(importId),
  sk: 'columns',
  kind: 'import-columns',
  data: { packed: packed(columns) },
});

const pieceKey = (importId: string, piece: number) => ({ pk: importCollection(importId), sk: `rows#${String(piece).padStart(4, '0')}` });

/** One piece of the file, compressed: of each row how far it is from the one before, which is nearly always 1 and so costs nothing. */
export const pieceDraft = (importId: string, piece: number, rows: readonly StoredRow[]): Draft => {
  let last = 0;
  const kept = rows.map(({ row, cells, tooLarge }) => {
    const gap = row - last;
    last = row;
    return tooLarge ? [gap, cells, 1] : [gap, cells];
  });
  return { ...pieceKey(importId, piece), kind: 'import-rows', data: { packed: packed(kept) } };
};

/** A piece that was worked off goes: what its rows said is in leads and rejections, and only there can it be changed or erased. */
export const removePiece = (importId: string, piece: number): Write => ({ op: 'delete', key: pieceKey(importId, piece) });

const rowsOf = (text: string): StoredRow[] => {
  let row = 0;
  return Rows.parse(unpacked(text)).map(([gap, cells, cut]) => {
    row += gap;
    return cut === undefined ? { row, cells } : { row, cells, tooLarge: true };
  });
};

/** What a go at a piece needs: the file's columns and the piece's rows. */
export interface Piece {
  readonly columns: readonly Column[];
  readonly rows: readonly StoredRow[];
}

export const readPiece = async (
  table: Reader,
  importId: string,
  piece: number,
  isTarget: (name: string) => name is Column['target'],
): Promise<Piece> => {
  const [columns, rows] = await table.getMany<{ readonly packed: string }>([
    { pk: importCollection(importId), sk: 'columns' },
    pieceKey(importId, piece),
  ]);
  if (columns === undefined || rows === undefined) throw new TypeError(`piece ${piece} of ${importId} is missing`);
  return {
    columns: Columns.parse(unpacked(columns.data.packed)).flatMap(({ name, target }) => (isTarget(target) ? [{ name, target }] : [])),
    rows: rowsOf(rows.data.packed),
  };
};

/** Partition (gsi2) of rejected rows that give an address: whoever is to be erased is found there too. */
const rejectedOf = (email: string): string => partition('intake', 'rejected', email);

export const rejectionsOf = (email: string): ItemRange => ({ partition: rejectedOf(email), index: 'gsi2' });

const emailIn = ({ values }: ImportRejection): string | undefined =>
  Object.values(values)
    .map((value) => value.trim().toLowerCase())
    .find((value) => /^[^\s@]+@[^\s@]+$/.test(value));

export const rejectionDraft = (importId: string, rejection: ImportRejection): Draft<ImportRejection> => {
  const row = `${rejectionPrefix}${String(rejection.row).padStart(8, '0')}`;
  const email = emailIn(rejection);
  return {
    pk: importCollection(importId),
    sk: row,
    kind: 'import-rejection',
    data: rejection,
    ...(email === undefined ? {} : { indexes: { gsi2: { pk: rejectedOf(email), sk: `${importId}#${row}` } } }),
  };
};

/** Rejections in the order of the file. */
export const listRejectionItems = (table: Reader, importId: string, { limit, after }: Place) =>
  table.query<ImportRejection>({
    partition: importCollection(importId),
    prefix: rejectionPrefix,
    limit,
    ...(after === undefined ? {} : { after }),
  });
