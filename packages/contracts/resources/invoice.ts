import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { text } from '../core/text.ts';
import { commonFields, date, Money, timestamp, timestampInput } from '../core/values.ts';
import { documentLines, totals, ValuedLine } from './line-item.ts';

const invoiceStatuses = ['issued', 'partly-paid', 'paid', 'void'] as const;

/** From a quote, from line items of its own, or else from the deal's. */
export const InvoiceInput = z
  .strictObject({ quoteId: z.optional(id('quote')), lineItems: z.optional(documentLines()), dueDate: z.optional(date()) })
  .check(
    z.refine((input) => input.quoteId === undefined || input.lineItems === undefined, {
      error: 'line items come from the quote or from the request, not from both',
      path: ['lineItems'],
      params: { code: 'given_twice' },
    }),
  );
export type InvoiceInput = z.output<typeof InvoiceInput>;

/** `externalId`: the payment's id elsewhere; the same one counts once. */
export const PaymentInput = z.strictObject({
  amount: Money.check(
    z.refine(({ amount }) => amount > 0, { error: 'must be more than 0', path: ['amount'], params: { code: 'too_small' } }),
  ),
  paidAt: z.optional(timestampInput()),
  externalId: z.optional(text(255)),
});
export type PaymentInput = z.output<typeof PaymentInput>;

export const Payment = z.object({ amount: Money, paidAt: timestamp(), externalId: z.optional(z.string()) });
export type Payment = z.infer<typeof Payment>;

const header = {
  id: id('invoice'),
  dealId: id('deal'),
  quoteId: z.optional(id('quote')),
  /** `INV-2026-000001`, without gaps in a year. */
  number: z.string(),
  status: z.enum(invoiceStatuses),
  issuedAt: timestamp(),
  dueDate: z.optional(date()),
  ...totals,
  paid: Money,
  voidedAt: z.optional(timestamp()),
};

export const Invoice = z.object({ ...header, lineItems: z.array(ValuedLine), payments: z.array(Payment), ...commonFields });
export type Invoice = z.infer<typeof Invoice>;

/** An invoice as events carry it: without its lines and payments. */
export const InvoiceHeader = z.object({ ...header, ...commonFields });
export type InvoiceHeader = z.infer<typeof InvoiceHeader>;
