import * as z from 'zod/mini';
import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

/** `Q-2026-000001`, `INV-2026-000001`. */
export type Series = 'Q' | 'INV';

const Last = z.object({ last: z.int() });

const digits = 6;

/**
 * The next number of a year and the write that takes it, which belongs into the transaction of what is numbered: when that fails, nothing was taken, and when
 * another was faster, the use case runs again. So there are no gaps and no number is given twice.
 */
export const nextNumber = async (
  table: Reader,
  series: Series,
  now: string,
): Promise<{ readonly number: string; readonly write: Write }> => {
  const year = now.slice(0, 4);
  const key = { pk: partition('deals', 'number', series, year), sk: 'last' };
  const standing = await table.get(key);
  const next = (standing === undefined ? 0 : z.parse(Last, standing.data).last) + 1;
  const item = { ...key, kind: 'number', data: { last: next } };
  return {
    number: `${series}-${year}-${String(next).padStart(digits, '0')}`,
    write: standing === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: standing.rev },
  };
};
