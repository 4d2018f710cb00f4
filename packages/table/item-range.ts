import type { IndexName, Item } from './item.ts';
import type { Table } from './table.ts';

/** A partition, or one of an index, or those of its items whose sort keys begin alike. */
export interface ItemRange {
  readonly partition: string;
  readonly index?: IndexName;
  readonly prefix?: string;
}

const perRead = 200;

/** Sort key of an item where the range has it: the position after which to go on. */
export const positionIn = (item: Item, index: IndexName | undefined): string =>
  index === undefined ? item.sk : (item.indexes?.[index]?.sk ?? '');

/** One page of a range, strongly consistent where that is possible. */
export const readPage = (
  table: Pick<Table, 'query'>,
  { partition, index, prefix }: ItemRange,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly items: Item[]; readonly more: boolean }> =>
  table.query({
    partition,
    limit,
    ...(index === undefined ? { consistent: true } : { index }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(after === undefined ? {} : { after }),
  });

/** All that lies in a range, for a collection that memory holds. */
export const readItems = async (table: Pick<Table, 'query'>, range: ItemRange): Promise<Item[]> => {
  const found: Item[] = [];
  let after: string | undefined;
  do {
    const { items, more } = await readPage(table, range, { limit: perRead, after });
    found.push(...items);
    const last = items.at(-1);
    after = more && last !== undefined ? positionIn(last, range.index) : undefined;
  } while (after !== undefined);
  return found;
};
