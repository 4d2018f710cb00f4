import * as z from 'zod/mini';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';

const Standing = z.object({ gone: z.optional(Gone) });

const goneOf = (item: Item): Gone | undefined => Standing.parse(item.data).gone;

/** Whether a record is there, or merged into another; what was deleted, or never was, stands for nothing. */
export const isKnown = (item: Item | undefined): boolean => {
  if (item === undefined) return false;
  const gone = goneOf(item);
  return gone === undefined || gone.into !== undefined;
};

/** The record into which this one was merged, if it was. */
export const mergedInto = (item: Item | undefined): string | undefined => (item === undefined ? undefined : goneOf(item)?.into);

/** More merges one after the other than anyone makes. */
const longestChain = 200;

const survivor =
  (keyOf: typeof accountRecordKey) =>
  async (table: Reader, id: string): Promise<string | undefined> => {
    let current: string | undefined = id;
    for (let step = 0; current !== undefined && step < longestChain; step += 1) {
      const item: Item | undefined = await table.get(keyOf(current));
      if (item === undefined) return undefined;
      const gone = goneOf(item);
      if (gone === undefined) return current;
      current = gone.into;
    }
    return undefined;
  };

/** The account that an id stands for: itself, or the final survivor of merges; undefined when that is gone. */
export const survivingAccount = survivor(accountRecordKey);

/** The contact that an id stands for: itself, or the final survivor of merges; undefined when that is gone. */
export const survivingContact = survivor(contactRecordKey);
