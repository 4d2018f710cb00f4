import { InvoiceIssued, InvoicePaid, InvoiceVoided } from '#contracts/events/quotes.ts';
import type { Invoice, InvoiceHeader, Payment } from '#contracts/resources/invoice.ts';
import type { Frozen } from './letterhead.ts';
import type { Valuation } from './money.ts';
import type { DocumentChange } from './quote.ts';

/** What deals keeps of an invoice. */
export interface InvoiceRecord {
  readonly invoice: Invoice;
  /** Number of the last event about it. */
  readonly sequence: number;
  readonly frozen: Frozen;
}

export const invoiceHeaderOf = ({ lineItems: _lines, payments: _payments, ...header }: Invoice): InvoiceHeader => header;

/** What is still to be paid, in minor units. */
export const owed = ({ total, paid }: Pick<Invoice, 'total' | 'paid'>): number => total.amount - paid.amount;

interface Issuing {
  readonly id: string;
  readonly dealId: string;
  readonly number: string;
  readonly quoteId?: string | undefined;
  readonly dueDate?: string | undefined;
}

/** A new invoice; what comes to nothing is paid at once. */
export const issueInvoice = (
  { quoteId, dueDate, ...given }: Issuing,
  valuation: Valuation,
  frozen: Frozen,
  now: string,
): DocumentChange<InvoiceRecord> => {
  const isPaid = valuation.total.amount === 0;
  const invoice: Invoice = {
    ...given,
    ...(quoteId === undefined ? {} : { quoteId }),
    ...(dueDate === undefined ? {} : { dueDate }),
    status: isPaid ? 'paid' : 'issued',
    issuedAt: now,
    ...valuation,
    paid: { amount: 0, currency: valuation.total.currency },
    payments: [],
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const contracts = [InvoiceIssued, ...(isPaid ? [InvoicePaid] : [])];
  return { next: { invoice, sequence: contracts.length, frozen }, contracts };
};

/** With one more payment, of no more than is owed. */
export const payInvoice = ({ invoice, ...rest }: InvoiceRecord, payment: Payment, now: string): DocumentChange<InvoiceRecord> => {
  const paid = { ...invoice.paid, amount: invoice.paid.amount + payment.amount.amount };
  const isPaid = owed({ total: invoice.total, paid }) === 0;
  const next: Invoice = {
    ...invoice,
    paid,
    payments: [...invoice.payments, payment],
    status: isPaid ? 'paid' : 'partly-paid',
    version: invoice.version + 1,
    updatedAt: now,
  };
  return { next: { ...rest, invoice: next, sequence: rest.sequence + Number(isPaid) }, contracts: isPaid ? [InvoicePaid] : [] };
};

export const voidInvoice = ({ invoice, ...rest }: InvoiceRecord, now: string): DocumentChange<InvoiceRecord> => ({
  next: {
    ...rest,
    invoice: { ...invoice, status: 'void', voidedAt: now, version: invoice.version + 1, updatedAt: now },
    sequence: rest.sequence + 1,
  },
  contracts: [InvoiceVoided],
});
