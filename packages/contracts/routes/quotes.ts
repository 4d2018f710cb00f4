import { route } from '../core/route.ts';
import { listOf } from '../core/values.ts';
import { Billing, BillingInput } from '../resources/billing.ts';
import { Invoice, InvoiceInput, PaymentInput } from '../resources/invoice.ts';
import { NoInput } from '../resources/qualification.ts';
import { Quote, QuoteEdit, QuoteInput } from '../resources/quote.ts';

const quote = { status: 200, schema: Quote, headers: ['ETag'] } as const;
const invoice = { status: 200, schema: Invoice, headers: ['ETag'] } as const;
const noBody = { kind: 'json', schema: NoInput, optional: true } as const;
const billing = { status: 200, schema: Billing, headers: ['ETag'] } as const;

/** Operations of the deals service about quotes, invoices and who sends them. */
export const quoteRoutes = {
  createQuote: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/quotes',
    access: 'deals',
    summary: 'Draft a quote',
    description: 'Its line items are its own from then on: a later change of the deal does not change them. A lost deal gets none.',
    body: { kind: 'json', schema: QuoteInput },
    answer: { status: 201, schema: Quote, headers: ['Location', 'ETag'] },
    problems: ['illegal-transition'],
  }),
  listQuotes: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/quotes',
    access: 'deals',
    summary: 'The quotes of a deal, newest first',
    list: true,
    answer: { status: 200, schema: listOf(Quote) },
  }),
  getQuote: route({ method: 'GET', path: '/v1/quotes/{quoteId}', access: 'deals', summary: 'Read a quote', answer: quote }),
  updateQuote: route({
    method: 'PATCH',
    path: '/v1/quotes/{quoteId}',
    access: 'deals',
    summary: 'Change a draft quote',
    description: 'From when it is sent on a quote is frozen: 409.',
    body: { kind: 'merge-patch', schema: QuoteEdit },
    answer: quote,
    problems: ['illegal-transition'],
  }),
  sendQuote: route({
    method: 'POST',
    path: '/v1/quotes/{quoteId}/send',
    access: 'deals',
    summary: 'Send a quote, which freezes it',
    description: 'Its document says from then on what it says now, the letterhead included. A draft whose last day has passed: 409.',
    body: noBody,
    answer: quote,
    problems: ['illegal-transition'],
  }),
  acceptQuote: route({
    method: 'POST',
    path: '/v1/quotes/{quoteId}/accept',
    access: 'deals',
    summary: 'Accept a quote that was sent and has not expired',
    body: noBody,
    answer: quote,
    problems: ['illegal-transition'],
  }),
  declineQuote: route({
    method: 'POST',
    path: '/v1/quotes/{quoteId}/decline',
    access: 'deals',
    summary: 'Decline a quote that was sent and has not expired',
    body: noBody,
    answer: quote,
    problems: ['illegal-transition'],
  }),
  createInvoice: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/invoices',
    access: 'deals',
    summary: 'Issue an invoice, frozen from then on',
    description:
      'For an open or a won deal. A quote that was declined or has expired cannot be invoiced: 409. What comes to nothing is paid at once.',
    body: { kind: 'json', schema: InvoiceInput, optional: true },
    answer: { status: 201, schema: Invoice, headers: ['Location', 'ETag'] },
    problems: ['illegal-transition'],
  }),
  listInvoices: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/invoices',
    access: 'deals',
    summary: 'The invoices of a deal, newest first',
    list: true,
    answer: { status: 200, schema: listOf(Invoice) },
  }),
  getInvoice: route({ method: 'GET', path: '/v1/invoices/{invoiceId}', access: 'deals', summary: 'Read an invoice', answer: invoice }),
  payInvoice: route({
    method: 'POST',
    path: '/v1/invoices/{invoiceId}/payments',
    access: 'deals',
    summary: 'Record a payment',
    description: 'The same `externalId` counts once, whatever else it says; its answer is the invoice as it is. At most 200 payments.',
    body: { kind: 'json', schema: PaymentInput },
    answer: { status: 201, schema: Invoice, headers: ['ETag'] },
    problems: ['illegal-transition', 'more-than-owed'],
  }),
  voidInvoice: route({
    method: 'POST',
    path: '/v1/invoices/{invoiceId}/void',
    access: 'deals',
    summary: 'Void an invoice that has no payments',
    body: noBody,
    answer: invoice,
    problems: ['illegal-transition'],
  }),
  getBilling: route({
    method: 'GET',
    path: '/v1/settings/billing',
    access: 'deals',
    summary: 'Read the letterhead of documents',
    answer: billing,
  }),
  replaceBilling: route({
    method: 'PUT',
    path: '/v1/settings/billing',
    access: 'deals',
    summary: 'Replace the letterhead of documents',
    description: 'Documents that were sent or issued keep the one of that time.',
    body: { kind: 'json', schema: BillingInput },
    answer: billing,
  }),
};

const pdf = { status: 200, contentType: 'application/pdf', headers: ['ETag'] } as const;

/** Served by a function of their own: making PDF is heavy. */
export const documentRoutes = {
  getQuoteDocument: route({
    method: 'GET',
    path: '/v1/quotes/{quoteId}/document',
    access: 'deals',
    summary: 'A quote as PDF',
    answer: pdf,
    servedBy: 'documents',
  }),
  getInvoiceDocument: route({
    method: 'GET',
    path: '/v1/invoices/{invoiceId}/document',
    access: 'deals',
    summary: 'An invoice as PDF',
    answer: pdf,
    servedBy: 'documents',
  }),
};
