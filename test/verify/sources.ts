import { LeadRecord, leadCollection } from '#contracts/records/lead.ts';
import { livingDeal } from '#services/deals/store/deals.ts';
import { attributionOf, countedAmounts, countedFor } from '#services/intake/domain/attribution.ts';
import { counterWrites } from '#services/intake/store/source-counters.ts';
import type { Item, Key } from '#table/item.ts';
import { Counts, type Difference, numbersOf, unlike } from './differences.ts';

/** A row is summed over its shards: whose shard a capture is counted in is the transaction's choice. */
const rowOf = ({ sk }: Key): Key => ({ pk: 'intake#sources', sk });

/**
 * Counters of sources that differ from what leads and their won deals add up to, leads whose won deals are not those that deals has, and whose touches are
 * not as many as their count. Leads that are deleted or merged away count no more, erased ones go on.
 */
export const differencesOfSources = (items: readonly Item[]): Difference[] => {
  const won = new Map<string, { readonly amount: number; readonly currency: string }[]>();
  const wins = new Map<string, number>();
  const touches = new Map<string, number>();
  for (const item of items) {
    if (item.kind === 'touch') touches.set(item.pk, (touches.get(item.pk) ?? 0) + 1);
    const deal = item.kind === 'deal' ? livingDeal(item)?.deal : undefined;
    if (deal?.status !== 'won' || deal.leadId === undefined) continue;
    wins.set(deal.leadId, (wins.get(deal.leadId) ?? 0) + 1);
    if (deal.amount !== undefined) won.set(deal.leadId, [...(won.get(deal.leadId) ?? []), deal.amount]);
  }
  const recomputed = new Counts();
  const differing: Difference[] = [];
  for (const item of items) {
    const record = item.kind === 'lead' ? LeadRecord.parse(item.data) : undefined;
    if (record === undefined) continue;
    const { lead, mergedFrom = [], remains } = record;
    const captured = lead === undefined ? remains : { createdAt: lead.createdAt, attribution: attributionOf({ ...record, lead }) };
    if (captured === undefined) continue;
    const leadId = item.pk.slice(leadCollection('').length);
    recomputed.count(counterWrites([...countedFor(captured), ...countedAmounts(captured, won.get(leadId) ?? [])], leadId), rowOf);
    differing.push(...unlike(item, 'won', captured.attribution.won ?? 0, wins.get(leadId) ?? 0));
    const captures = [leadId, ...mergedFrom].reduce((sum, id) => sum + (touches.get(leadCollection(id)) ?? 0), 0);
    if (lead !== undefined) differing.push(...unlike(item, 'touches', lead.touches, captures));
  }
  const standing = new Counts();
  for (const item of items) if (item.kind === 'source-counter') standing.add(rowOf(item), numbersOf(item.data));
  return [...recomputed.differences(standing.items()), ...differing];
};
