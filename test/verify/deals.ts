import { closed, counterWrites } from '#services/deals/store/counters.ts';
import { livingDeal } from '#services/deals/store/deals.ts';
import type { Item } from '#table/item.ts';
import { Counts, type Difference } from './differences.ts';

const kinds = new Set(['board-counter', 'forecast-counter', 'owner-forecast-counter', 'closings-counter']);

/** Counters of deals (boards, forecast, closings) that differ from what the deals add up to. */
export const differencesOfDeals = (items: readonly Item[]): Difference[] => {
  const recomputed = new Counts();
  for (const item of items) {
    if (item.kind !== 'deal') continue;
    const stored = livingDeal(item);
    if (!stored) continue;
    for (const write of counterWrites(stored.deal.id, undefined, stored)) {
      if (write.op === 'add') recomputed.add(write.key, write.numbers);
    }
  }
  // That a stage is closed is no count.
  return recomputed.differences(items.filter(({ kind }) => kinds.has(kind))).filter(({ name }) => name !== closed);
};
