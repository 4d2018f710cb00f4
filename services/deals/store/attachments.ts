import * as z from 'zod/mini';
import { LibraryDocument, Note, Task } from '#contracts/resources/deal-activity.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Key } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { dealCollection } from './deals.ts';
import { locatorOf, taskPrefix } from './tasks.ts';

/** What hangs on a deal lies in its collection, by kind and id. */
const kinds = {
  note: { prefix: 'note#', read: (data: unknown) => z.parse(Note, data) },
  document: { prefix: 'document#', read: (data: unknown) => z.parse(LibraryDocument, data) },
  task: { prefix: taskPrefix, read: (data: unknown) => z.parse(z.object({ task: Task }), data).task },
} as const;
type Kind = keyof typeof kinds;

const keyOf = (kind: Kind, dealId: string, id: string): Key => ({ pk: dealCollection(dealId), sk: `${kinds[kind].prefix}${id}` });

/** Writes a note or document that is new. */
export const attach = (kind: 'note' | 'document', data: Note | LibraryDocument): Write => ({
  op: 'create',
  item: { ...keyOf(kind, data.dealId, data.id), kind, data },
});

export const readNote = async (table: Reader, dealId: string, id: string): Promise<Note | undefined> => {
  const item = await table.get(keyOf('note', dealId, id));
  return item && kinds.note.read(item.data);
};

export const readDocument = async (table: Reader, dealId: string, id: string): Promise<LibraryDocument | undefined> => {
  const item = await table.get(keyOf('document', dealId, id));
  return item && kinds.document.read(item.data);
};

const pageOfKind = async (table: Reader, kind: Kind, dealId: string, limit: number, after: string | undefined) => {
  const { items, more } = await table.query({
    partition: dealCollection(dealId),
    prefix: kinds[kind].prefix,
    descending: true,
    limit,
    consistent: true,
    ...(after === undefined ? {} : { after }),
  });
  return { data: items.map(({ data }) => data), next: more ? items.at(-1)?.sk : undefined };
};

/** What of one kind hangs on a deal, newest first. */
export const listAttached = async <K extends Kind>(
  table: Reader,
  kind: K,
  dealId: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly items: unknown[]; readonly next: string | undefined }> => {
  const { data, next } = await pageOfKind(table, kind, dealId, limit, after);
  return { items: data.map((one) => kinds[kind].read(one)), next };
};

const perStep = 40;

/** Deletes of the next things that hang on a deleted deal; none when nothing is left. */
export const clearWrites = async (table: Reader, dealId: string): Promise<Write[]> => {
  for (const { prefix } of Object.values(kinds)) {
    const { items } = await table.query({ partition: dealCollection(dealId), prefix, limit: perStep, consistent: true });
    if (items.length === 0) continue;
    return items.flatMap(({ pk, sk }): Write[] => [
      { op: 'delete', key: { pk, sk } },
      ...(prefix === taskPrefix ? [{ op: 'delete' as const, key: locatorOf(sk) }] : []),
    ]);
  }
  return [];
};
