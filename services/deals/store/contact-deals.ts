import type { DealState } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Key } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

const linkKey = (contactId: string, dealId: string): Key => ({ pk: partition('deals', 'contact', contactId), sk: dealId });

const link = (contactId: string, dealId: string): Draft => ({ ...linkKey(contactId, dealId), kind: 'contact-deal', data: {} });

/** Links that one transaction changes, of 100 operations. */
const most = 60;

/**
 * Brings the links between contacts and deals from what the deal was to what it is; its record, whose condition guards them, is their one writer. Where more
 * contacts change than a transaction takes, links of those who left stay: whoever follows one looks into the deal.
 */
export const contactLinkWrites = (before: DealState | undefined, after: DealState | undefined): Write[] => {
  const had = new Set(before?.contacts.map(({ contactId }) => contactId));
  const has = new Set(after?.contacts.map(({ contactId }) => contactId));
  const gained = [...has].filter((contactId) => !had.has(contactId));
  const lost = [...had].filter((contactId) => !has.has(contactId));
  return [
    ...gained.map((contactId): Write => ({ op: 'put', item: link(contactId, after?.id ?? '') })),
    ...(gained.length + lost.length > most
      ? []
      : lost.map((contactId): Write => ({ op: 'delete', key: linkKey(contactId, before?.id ?? '') }))),
  ];
};

/** Where the links of a contact are. */
export const contactLinks = (contactId: string): ItemRange => ({ partition: linkKey(contactId, '').pk });

/** The deal that a link leads to. */
export const linkedDeal = ({ sk }: Key): string => sk;

/** Ids of deals that name a contact, newest first, strongly consistent. */
export const dealIdsOfContact = async (
  table: Reader,
  contactId: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<{ readonly ids: string[]; readonly next: string | undefined }> => {
  const { items, more } = await table.query({
    ...contactLinks(contactId),
    descending: true,
    limit,
    consistent: true,
    ...(after === undefined ? {} : { after }),
  });
  const ids = items.map(({ sk }) => sk);
  return { ids, next: more ? ids.at(-1) : undefined };
};
