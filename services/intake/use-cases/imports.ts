import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import { type ImportRecord, importOf, listImportItems, listRejectionItems, readImport } from '../store/imports.ts';

const requireImport = async (table: Reader, importId: string): Promise<Item<ImportRecord>> => {
  const item = await readImport(table, importId);
  if (item === undefined) throw notFound('There is no such import.');
  return item;
};

/** How far an import is. Refusals: 404. */
export const getImport: Handler<typeof intakeRoutes.getImport> = async (request, unit) => {
  const { data, rev } = await requireImport(unit.table, request.id);
  return ok(importOf(data), { etag: etagOf({ version: data.version, derived: rev }) });
};

/** Imports, newest first. */
export const listImports: Handler<typeof intakeRoutes.listImports> = async (request, unit) => {
  const { items, next } = await listImportItems(unit.table, request.page);
  return page({ items: items.map(({ data }) => importOf(data)), next });
};

/** Rows of an import that made no lead, in the order of the file. Refusals: 404. */
export const listImportRejections: Handler<typeof intakeRoutes.listImportRejections> = async (request, unit) => {
  await requireImport(unit.table, request.id);
  const { items, more } = await listRejectionItems(unit.table, request.id, request.page);
  return page({
    items: items.map(({ data: { row, errors, values } }) => ({
      row,
      errors: errors.map(({ pointer, code, detail }) => ({ pointer, code, detail })),
      values,
    })),
    next: more ? items.at(-1)?.sk : undefined,
  });
};
