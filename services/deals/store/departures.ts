import * as z from 'zod/mini';
import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

/** An account or contact that was merged or deleted, whose deals go on. */
export interface Departed {
  readonly kind: 'account' | 'contact';
  readonly id: string;
}

/** One partition: they are few, and each stands here for a minute or two. */
const departures = partition('deals', 'departures');

const Departure = z.object({ kind: z.enum(['account', 'contact']), at: z.string() });

const keyOf = ({ id }: Departed) => ({ pk: departures, sk: id });

/** Notes that deals are to be looked through once more for somebody who has gone. */
export const departure = (departed: Departed, at: string): Write => ({
  op: 'put',
  item: { ...keyOf(departed), kind: 'departure', data: { kind: departed.kind, at } },
});

export const departureDone = (departed: Departed): Write => ({ op: 'delete', key: keyOf(departed) });

/** Those who had gone by a time, and the position after which to go on. */
export const readDepartures = async (
  table: Reader,
  by: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly due: readonly Departed[]; readonly next: string | undefined }> => {
  const { items, more } = await table.query({
    partition: departures,
    limit,
    consistent: true,
    ...(after === undefined ? {} : { after }),
  });
  const due = items.flatMap(({ sk: id, data }) => {
    const { kind, at } = z.parse(Departure, data);
    return at <= by ? [{ kind, id }] : [];
  });
  return { due, next: more ? items.at(-1)?.sk : undefined };
};
