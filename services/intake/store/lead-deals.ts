import { defined } from '#contracts/core/json.ts';
import type { Money } from '#contracts/core/values.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';

/** A deal of a lead as far as the report of sources counts it; `sequence` is that of the last event of deals about it. */
export interface LeadDeal {
  readonly sequence: number;
  readonly won: boolean;
  readonly amount?: Money | undefined;
}

const prefix = 'deal#';
const dealKey = (leadId: string, dealId: string) => ({ pk: leadCollection(leadId), sk: `${prefix}${dealId}` });

export const readLeadDeal = (table: Reader, leadId: string, dealId: string): Promise<Item<LeadDeal> | undefined> =>
  table.get<LeadDeal>(dealKey(leadId, dealId));

export const leadDealWrite = (leadId: string, dealId: string, before: Item<LeadDeal> | undefined, deal: LeadDeal): Write => {
  const item = { ...dealKey(leadId, dealId), kind: 'lead-deal', data: defined({ ...deal }) };
  return before === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: before.rev };
};

/** Amounts of a lead's won deals, of which it has so many (absent: none). */
export const readWonAmounts = async (table: Reader, leadId: string, won: number | undefined): Promise<Money[]> => {
  if (won === undefined) return [];
  const { items } = await table.query<LeadDeal>({ partition: leadCollection(leadId), prefix, limit: 1_000, consistent: true });
  return items.flatMap(({ data: { won: isWon, amount } }) => (isWon && amount !== undefined ? [amount] : []));
};
