import { closed, counterWrites } from '#services/deals/store/counters.ts';
import { livingDeal, type StoredDeal } from '#services/deals/store/deals.ts';
import { storedInvoice } from '#services/deals/store/documents.ts';
import { conversionMark, linkWrites } from '#services/deals/store/lead-deals.ts';
import { createTaskWrites, storedTask } from '#services/deals/store/tasks.ts';
import type { Draft, Item } from '#table/item.ts';
import { Counts, type Difference, differencesOfLocks, itemsOf, unlike } from './differences.ts';

const kinds = new Set(['board-counter', 'forecast-counter', 'owner-forecast-counter', 'closings-counter']);

const livingDeals = (items: readonly Item[]): StoredDeal[] =>
  items.flatMap((item) => (item.kind === 'deal' ? (livingDeal(item) ?? []) : []));

const differencesOfCounters = (items: readonly Item[]): Difference[] => {
  const recomputed = new Counts();
  for (const stored of livingDeals(items)) recomputed.count(counterWrites(stored.deal.id, undefined, stored));
  // That a stage is closed is no count.
  return recomputed.differences(items.filter(({ kind }) => kinds.has(kind))).filter(({ name }) => name !== closed);
};

/** Links of leads to their deals. A conversion's deal is linked by its mark, which stays whatever becomes of the deal. */
const differencesOfLinks = (items: readonly Item[]): Difference[] => {
  const links = items.filter(({ kind, pk }) => kind === 'lead-deal' && pk.startsWith('deals#'));
  const stands = new Set(links.map(({ pk, sk, data }) => JSON.stringify([pk, sk, data])));
  const isLinked = ({ pk, sk, data }: Draft): boolean => stands.has(JSON.stringify([pk, sk, data]));
  const expected = livingDeals(items).flatMap(({ deal }) =>
    itemsOf(linkWrites(undefined, deal)).filter((link) => isLinked(link) || !isLinked(conversionMark(deal.leadId ?? '', deal.id))),
  );
  const isMark = ({ pk, sk }: Item): boolean => sk === conversionMark(pk, '').sk;
  return differencesOfLocks(
    expected,
    links.filter((link) => !isMark(link)),
  );
};

/** Tasks and what tells of which deal they are. */
const differencesOfTasks = (items: readonly Item[]): Difference[] => {
  const expected = items.flatMap((item) =>
    item.kind === 'task' ? itemsOf(createTaskWrites(storedTask(item))).filter(({ kind }) => kind === 'task-locator') : [],
  );
  return differencesOfLocks(
    expected,
    items.filter(({ kind }) => kind === 'task-locator'),
  );
};

/** What is paid of an invoice. */
const differencesOfPayments = (items: readonly Item[]): Difference[] =>
  items.flatMap((item) => {
    if (item.kind !== 'invoice') return [];
    const { payments, paid } = storedInvoice(item).invoice;
    return unlike(
      item,
      'paid',
      paid.amount,
      payments.reduce((sum, { amount }) => sum + amount.amount, 0),
    );
  });

/** Counters of deals (boards, forecast, closings, what is paid) and links (of leads, of tasks) that differ from what deals, tasks and invoices say. */
export const differencesOfDeals = (items: readonly Item[]): Difference[] => [
  ...differencesOfCounters(items),
  ...differencesOfLinks(items),
  ...differencesOfTasks(items),
  ...differencesOfPayments(items),
];
