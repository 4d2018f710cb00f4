import * as z from 'zod/mini';
import type { DealState } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

const Link = z.object({ dealId: z.string() });

const dealsOf = (leadId: string): string => partition('deals', 'lead', leadId);

const link = (leadId: string, sk: string, dealId: string): Draft => ({ pk: dealsOf(leadId), sk, kind: 'lead-deal', data: { dealId } });

/** Stands for the one deal of a lead's conversion; a conversion told again finds it. */
export const conversionMark = (leadId: string, dealId: string): Draft => link(leadId, 'conversion', dealId);

/** Brings the links between leads and deals from what the deal was to what it is. A conversion's deal is linked by its mark already. */
export const linkWrites = (before: DealState | undefined, after: DealState | undefined): Write[] => {
  if (before?.leadId === after?.leadId) return [];
  return [
    ...(before?.leadId === undefined ? [] : [{ op: 'delete' as const, key: { pk: dealsOf(before.leadId), sk: before.id } }]),
    ...(after?.leadId === undefined ? [] : [{ op: 'put' as const, item: link(after.leadId, after.id, after.id) }]),
  ];
};

/** More deals than anyone has of one lead. */
const most = 1_000;

/** Ids of the deals that name a lead, or did when it was converted; newest first, strongly consistent. */
export const dealIdsOf = async (table: Reader, leadId: string): Promise<string[]> => {
  const { items } = await table.query({ partition: dealsOf(leadId), limit: most, consistent: true });
  return [...new Set(items.map(({ data }) => z.parse(Link, data).dealId))].sort().reverse();
};
