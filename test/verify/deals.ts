import * as z from 'zod/mini';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import { contactLinkWrites } from '#services/deals/store/contact-deals.ts';
import { closed, counterWrites } from '#services/deals/store/counters.ts';
import { dealCollection, livingDeal, type StoredDeal } from '#services/deals/store/deals.ts';
import { storedInvoice } from '#services/deals/store/documents.ts';
import { conversionMark, linkWrites } from '#services/deals/store/lead-deals.ts';
import { createTaskWrites, storedTask } from '#services/deals/store/tasks.ts';
import type { Draft, Item } from '#table/item.ts';
import { Counts, type Difference, differencesOfLocks, itemsOf, unlike } from './differences.ts';

const Standing = z.object({ gone: z.optional(Gone) });

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

/**
 * Links of contacts to their deals that are missing, and accounts and contacts that a deal names although they were merged, or accounts that are gone. A link
 * may be left over, since whoever follows it looks into the deal.
 */
const differencesOfParties = (items: readonly Item[]): Difference[] => {
  const links = new Set(items.flatMap(({ kind, pk, sk }) => (kind === 'contact-deal' ? [`${pk} ${sk}`] : [])));
  const gone = new Map<string, string | undefined>();
  for (const { kind, pk, data } of items) {
    const record = kind === 'account' || kind === 'contact' ? z.parse(Standing, data) : undefined;
    if (record?.gone) gone.set(pk, record.gone.into);
  }
  const standing = (keyOf: typeof accountRecordKey, id: string): string | undefined => {
    const { pk } = keyOf(id);
    const into = gone.get(pk);
    if (!gone.has(pk)) return id;
    return into === undefined ? undefined : standing(keyOf, into);
  };
  return livingDeals(items).flatMap(({ deal }) => {
    const key = { pk: dealCollection(deal.id), sk: 'record' };
    const missing = itemsOf(contactLinkWrites(undefined, deal)).filter(({ pk, sk }) => !links.has(`${pk} ${sk}`));
    const { accountId, contacts } = deal;
    return [
      ...missing.flatMap((link) => unlike(link, 'link', 'missing', deal.id)),
      ...(accountId === undefined ? [] : unlike(key, 'accountId', accountId, standing(accountRecordKey, accountId) ?? 'nobody')),
      // A contact that was deleted stays named.
      ...contacts.flatMap(({ contactId }) => unlike(key, 'contactId', contactId, standing(contactRecordKey, contactId) ?? contactId)),
    ];
  });
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
  ...differencesOfParties(items),
  ...differencesOfTasks(items),
  ...differencesOfPayments(items),
];
