import * as z from 'zod/mini';
import type { Item } from '#table/item.ts';
import { Counts, type Difference } from './differences.ts';

const Numbered = z.union([
  z.pipe(
    z.object({ quote: z.object({ number: z.string() }) }),
    z.transform(({ quote }) => quote.number),
  ),
  z.pipe(
    z.object({ invoice: z.object({ number: z.string() }) }),
    z.transform(({ invoice }) => invoice.number),
  ),
]);

const prefix = 'deals#number#';

/**
 * Last numbers of quotes and invoices that are not how many there are, and numbers given twice: what has no gaps has as many as its last number says, each
 * once.
 */
export const differencesOfNumbers = (items: readonly Item[]): Difference[] => {
  const recomputed = new Counts();
  const given = new Map<string, number>();
  for (const { kind, data } of items) {
    if (kind !== 'quote' && kind !== 'invoice') continue;
    const number = Numbered.parse(data);
    given.set(number, (given.get(number) ?? 0) + 1);
    const [series = '', year = ''] = number.split('-');
    recomputed.add({ pk: `${prefix}${series}#${year}`, sk: 'last' }, { last: 1 });
  }
  const twice = [...given]
    .filter(([, times]) => times > 1)
    .map(([name, stored]) => ({ pk: prefix, sk: 'last', name, stored, recomputed: 1 }));
  return [...recomputed.differences(items.filter(({ kind }) => kind === 'number')), ...twice];
};
