import { type Answer, page } from '#runtime/answer.ts';

/** A page of what is few enough to be read whole, in an order in which places sort. */
export const pageOf = <T>(
  rows: readonly T[],
  placeOf: (row: T) => string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Answer => {
  const start = after === undefined ? 0 : rows.findIndex((row) => placeOf(row) === after) + 1;
  const items = rows.slice(start, start + limit);
  const last = items.at(-1);
  return page({ items, next: last !== undefined && start + limit < rows.length ? placeOf(last) : undefined });
};
