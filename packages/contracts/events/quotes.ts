import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { InvoiceHeader } from '../resources/invoice.ts';
import { QuoteHeader } from '../resources/quote.ts';

/** Whom it concerns: the deal's account and contacts then. */
const concerned = { accountId: z.optional(id('account')), contactIds: z.array(id('contact')) };
const quote = z.object({ quote: QuoteHeader, ...concerned });
const invoice = z.object({ invoice: InvoiceHeader, ...concerned });

const about = <const Name extends string, const Data extends z.ZodMiniType>(name: Name, summary: string, data: Data) =>
  event({ name, schemaVersion: 1, sources: ['deals'], summary, data });

export const QuoteSent = about('QuoteSent', 'A quote was sent; it is frozen from then on.', quote);
export const QuoteAccepted = about('QuoteAccepted', 'A quote was accepted in time.', quote);
export const QuoteDeclined = about('QuoteDeclined', 'A quote was declined.', quote);
export const QuoteExpired = about('QuoteExpired', 'The last day of a quote passed without an answer; said once.', quote);
export const InvoiceIssued = about('InvoiceIssued', 'An invoice was issued; it is frozen from then on.', invoice);
export const InvoicePaid = about('InvoicePaid', 'An invoice is paid in full.', invoice);
export const InvoiceVoided = about('InvoiceVoided', 'An invoice without payments was voided.', invoice);

/** All that is said about quotes and invoices. */
export const documentEvents = [QuoteSent, QuoteAccepted, QuoteDeclined, QuoteExpired, InvoiceIssued, InvoicePaid, InvoiceVoided] as const;
