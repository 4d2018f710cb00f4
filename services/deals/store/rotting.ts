import * as z from 'zod/mini';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Key } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

/**
 * Up to where the deals of a stage, in the order in which they entered it, were told to be rotten. Deals enter with the present time, so whatever is before
 * that position needs no looking at again, and a sweep costs a read for each stage however many rotten deals stand in it.
 */
const positionKey = (stageId: string): Key => ({ pk: partition('deals', 'rotting', stageId), sk: 'position' });

const Position = z.object({ position: z.string() });

export const readRottenUpTo = async (table: Reader, stageId: string): Promise<string | undefined> => {
  const item = await table.get(positionKey(stageId));
  return item && z.parse(Position, item.data).position;
};

export const rottenUpTo = (stageId: string, position: string): Write => ({
  op: 'put',
  item: { ...positionKey(stageId), kind: 'rotting', data: { position } },
});
