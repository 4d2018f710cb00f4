import type { EventContract } from '#contracts/core/event.ts';
import { QuoteAccepted, QuoteDeclined, QuoteExpired, QuoteSent } from '#contracts/events/quotes.ts';
import type { Quote, QuoteEdit, QuoteHeader, QuoteStatus } from '#contracts/resources/quote.ts';
import type { Frozen } from './letterhead.ts';
import type { Valuation } from './money.ts';

/** What deals keeps of a quote. */
export interface QuoteRecord {
  /** `status` is as it was last written: a sent one may have expired since. */
  readonly quote: Quote;
  /** Number of the last event about it. */
  readonly sequence: number;
  /** From when it was sent on. */
  readonly frozen?: Frozen | undefined;
}

/** Something that happened to a document, with the record as it is then. */
export interface DocumentChange<Record> {
  readonly next: Record;
  readonly contracts: readonly EventContract[];
}

/** The UTC day of a time. */
export const dayOf = (at: string): string => at.slice(0, 10);

const isOver = ({ status, validUntil }: Pick<Quote, 'status' | 'validUntil'>, now: string): boolean =>
  status === 'sent' && validUntil < dayOf(now);

/** The status at that time: a sent quote has expired when its last day is over. */
export const statusOf = (quote: Quote, now: string): QuoteStatus => (isOver(quote, now) ? 'expired' : quote.status);

/** The quote as the API answers it. */
export const toQuote = ({ quote }: QuoteRecord, now: string): Quote => ({ ...quote, status: statusOf(quote, now) });

export const headerOf = ({ lineItems: _lines, notes: _notes, ...header }: Quote): QuoteHeader => header;

/** A draft, to be numbered. */
export const draftQuote = (
  given: Pick<Quote, 'id' | 'dealId' | 'number' | 'validUntil'> & { readonly notes?: string | undefined },
  valuation: Valuation,
  now: string,
): QuoteRecord => {
  const { notes, ...known } = given;
  const common = { createdAt: now, updatedAt: now, version: 1 };
  return { quote: { ...known, status: 'draft', ...valuation, ...(notes === undefined ? {} : { notes }), ...common }, sequence: 0 };
};

const changed = ({ quote, ...rest }: QuoteRecord, fields: Partial<Quote>, now: string): QuoteRecord => ({
  ...rest,
  quote: { ...quote, ...fields, version: quote.version + 1, updatedAt: now },
});

const said = (record: QuoteRecord, contract: EventContract): DocumentChange<QuoteRecord> => ({
  next: { ...record, sequence: record.sequence + 1 },
  contracts: [contract],
});

/** The draft with other contents. */
export const editQuote = (
  { quote, ...rest }: QuoteRecord,
  edit: QuoteEdit,
  valuation: Valuation,
  now: string,
): DocumentChange<QuoteRecord> => {
  const { notes: _notes, ...kept } = quote;
  const { notes, validUntil } = edit;
  return {
    next: changed({ ...rest, quote: { ...kept, ...(notes === undefined ? {} : { notes }) } }, { ...valuation, validUntil }, now),
    contracts: [],
  };
};

export const sendQuote = (record: QuoteRecord, frozen: Frozen, now: string): DocumentChange<QuoteRecord> =>
  said(changed({ ...record, frozen }, { status: 'sent', sentAt: now }, now), QuoteSent);

export const acceptQuote = (record: QuoteRecord, now: string): DocumentChange<QuoteRecord> =>
  said(changed(record, { status: 'accepted', acceptedAt: now }, now), QuoteAccepted);

export const declineQuote = (record: QuoteRecord, now: string): DocumentChange<QuoteRecord> =>
  said(changed(record, { status: 'declined', declinedAt: now }, now), QuoteDeclined);

/** Expired for good, which is time's doing and no caller's change; undefined while it has not, and when that was said before. */
export const expireQuote = ({ quote, ...rest }: QuoteRecord, now: string): DocumentChange<QuoteRecord> | undefined =>
  isOver(quote, now) ? said({ ...rest, quote: { ...quote, status: 'expired' } }, QuoteExpired) : undefined;
