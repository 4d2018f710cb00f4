import * as z from 'zod/mini';
import type { EventContract } from '#contracts/core/event.ts';
import { Invoice } from '#contracts/resources/invoice.ts';
import { Quote } from '#contracts/resources/quote.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type InvoiceRecord, invoiceHeaderOf } from '../domain/invoice.ts';
import type { Parties } from '../domain/letterhead.ts';
import { type DocumentChange, dayOf, headerOf, type QuoteRecord } from '../domain/quote.ts';
import { dealCollection } from './deals.ts';

/** A record as read, with the rev that the next write is held to. */
export type Stored<Record> = Record & { readonly rev: number };

const Frozen = z.object({
  billing: z.int(),
  parties: z.object({ accountId: z.optional(z.string()), contactIds: z.array(z.string()), leadId: z.optional(z.string()) }),
  company: z.optional(z.object({ name: z.string(), lines: z.array(z.string()) })),
});

const KeptQuote = z.object({ quote: Quote, sequence: z.int(), frozen: z.optional(Frozen) });
const KeptInvoice = z.object({ invoice: Invoice, sequence: z.int(), frozen: Frozen });

const quoteKey = (quoteId: string): Key => ({ pk: partition('deals', 'quote', quoteId), sk: 'record' });
const invoiceKey = (invoiceId: string): Key => ({ pk: partition('deals', 'invoice', invoiceId), sk: 'record' });
const quotesOf = (dealId: string): string => partition('deals', 'deal-quotes', dealId);
const invoicesOf = (dealId: string): string => partition('deals', 'deal-invoices', dealId);

/** Where the quotes and the invoices of a deal are. */
export const documentsOf = (dealId: string): readonly ItemRange[] =>
  [quotesOf(dealId), invoicesOf(dealId)].map((list) => ({ partition: list, index: 'gsi1' }));

/** Quotes that wait for an answer, by their last day. */
const open = partition('deals', 'open-quotes');

const quoteItem = ({ quote, sequence, frozen }: QuoteRecord): Draft => ({
  ...quoteKey(quote.id),
  kind: 'quote',
  data: { quote, sequence, ...(frozen === undefined ? {} : { frozen }) },
  indexes: {
    gsi1: { pk: quotesOf(quote.dealId), sk: quote.id },
    ...(quote.status === 'sent' ? { gsi2: { pk: shardPartition(open, quote.id), sk: `${quote.validUntil}#${quote.id}` } } : {}),
  },
});

const invoiceItem = ({ invoice, sequence, frozen }: InvoiceRecord): Draft => ({
  ...invoiceKey(invoice.id),
  kind: 'invoice',
  data: { invoice, sequence, frozen },
  indexes: { gsi1: { pk: invoicesOf(invoice.dealId), sk: invoice.id } },
});

const storedQuote = (item: Item): Stored<QuoteRecord> => ({ ...z.parse(KeptQuote, item.data), rev: item.rev });
export const storedInvoice = (item: Item): Stored<InvoiceRecord> => ({ ...z.parse(KeptInvoice, item.data), rev: item.rev });

export const readQuote = async (table: Reader, quoteId: string): Promise<Stored<QuoteRecord> | undefined> => {
  const item = await table.get(quoteKey(quoteId));
  return item && storedQuote(item);
};

export const readInvoice = async (table: Reader, invoiceId: string): Promise<Stored<InvoiceRecord> | undefined> => {
  const item = await table.get(invoiceKey(invoiceId));
  return item && storedInvoice(item);
};

const writeOf = (item: Draft, ifRev: number | undefined): Write =>
  ifRev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev };

interface Told {
  readonly dealId: string;
  readonly subject: string;
  /** Number of the last of these events. */
  readonly sequence: number;
  readonly data: unknown;
}

/** What happened to a document stands in the timeline of its deal. */
const eventsOf = (contracts: readonly EventContract[], { dealId, subject, sequence, data }: Told): EventDraft[] =>
  contracts.map((contract, i) => ({
    contract,
    collection: dealCollection(dealId),
    subject,
    sequence: sequence - contracts.length + 1 + i,
    data,
  }));

const concerned = ({ accountId, contactIds }: Parties) => ({ ...(accountId === undefined ? {} : { accountId }), contactIds });

/** Writes and events of a change of a quote; without `before` it is new. */
export const quoteEffect = (
  before: { readonly rev: number } | undefined,
  { next, contracts }: DocumentChange<QuoteRecord>,
): { writes: Write[]; events: EventDraft[] } => {
  const { quote, sequence, frozen } = next;
  const data = { quote: headerOf(quote), ...concerned(frozen?.parties ?? { contactIds: [] }) };
  return {
    writes: [writeOf(quoteItem(next), before?.rev)],
    events: eventsOf(contracts, { dealId: quote.dealId, subject: quote.id, sequence, data }),
  };
};

/** Writes and events of a change of an invoice; without `before` it is new. */
export const invoiceEffect = (
  before: { readonly rev: number } | undefined,
  { next, contracts }: DocumentChange<InvoiceRecord>,
): { writes: Write[]; events: EventDraft[] } => {
  const { invoice, sequence, frozen } = next;
  const data = { invoice: invoiceHeaderOf(invoice), ...concerned(frozen.parties) };
  return {
    writes: [writeOf(invoiceItem(next), before?.rev)],
    events: eventsOf(contracts, { dealId: invoice.dealId, subject: invoice.id, sequence, data }),
  };
};

interface Section {
  readonly limit: number;
  readonly after: string | undefined;
}

const listOf = async <Record>(table: Reader, partitions: string[], { limit, after }: Section, stored: (item: Item) => Record) => {
  const { items, next } = await table.list({
    partitions,
    index: 'gsi1',
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return { items: items.map(stored), next };
};

/** The quotes of a deal, newest first. */
export const listQuotesOf = (table: Reader, dealId: string, section: Section) => listOf(table, [quotesOf(dealId)], section, storedQuote);

/** The invoices of a deal, newest first. */
export const listInvoicesOf = (table: Reader, dealId: string, section: Section) =>
  listOf(table, [invoicesOf(dealId)], section, storedInvoice);

/** Ids of quotes that were sent and whose last day is over, those longest over first, as the index has them; a few thousand at most. */
export const overdueQuotes = async (table: Reader, now: string, limit: number): Promise<string[]> => {
  const { items } = await table.list({
    partitions: shardPartitions(open),
    index: 'gsi2',
    descending: false,
    limit,
    // A day sorts before the same day with an id, so today's are not among them.
    to: dayOf(now),
  });
  return items.map((item) => storedQuote(item).quote.id);
};
