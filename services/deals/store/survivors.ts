import * as z from 'zod/mini';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import type { DealState } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item, Key } from '#table/item.ts';
import { withoutContact } from '../domain/parties.ts';

const Standing = z.object({ gone: z.optional(Gone) });

/** More merges one after the other than anyone makes. */
const longestChain = 200;

/** What stands for an account, contact or lead now: its own record or that of its final survivor. */
export interface Survivor {
  readonly id: string;
  /** Absent while there is no word of it yet. */
  readonly item: Item | undefined;
}

/** Follows merges to their end; undefined when that was deleted. */
export const survivorOf = async (table: Reader, keyOf: (id: string) => Key, id: string): Promise<Survivor | undefined> => {
  let current: string | undefined = id;
  for (let step = 0; current !== undefined && step < longestChain; step += 1) {
    const item: Item | undefined = await table.get(keyOf(current));
    const gone: Gone | undefined = item && z.parse(Standing, item.data).gone;
    if (gone === undefined) return { id: current, item };
    current = gone.into;
  }
  return undefined;
};

type Parties = Pick<DealState, 'accountId' | 'contacts' | 'leadId'>;

/** Whom a deal is with, by the ids that stand for them now; who is gone is left out. */
export const presentParties = async (table: Reader, { accountId, contacts, leadId }: Parties): Promise<Parties> => {
  const idNow = async (keyOf: (id: string) => Key, id: string | undefined) =>
    id === undefined ? undefined : (await survivorOf(table, keyOf, id))?.id;
  const [account, lead, ...present] = await Promise.all([
    idNow(accountRecordKey, accountId),
    idNow(leadRecordKey, leadId),
    ...contacts.map(({ contactId }) => idNow(contactRecordKey, contactId)),
  ]);
  const named = contacts.reduce<DealState['contacts']>((standing, { contactId }, i) => {
    const to = present[i];
    if (to === undefined) return standing.filter((contact) => contact.contactId !== contactId);
    return to === contactId ? standing : (withoutContact(standing, contactId, to) ?? standing);
  }, contacts);
  return { ...(account === undefined ? {} : { accountId: account }), contacts: named, ...(lead === undefined ? {} : { leadId: lead }) };
};
