import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { longText } from '../core/text.ts';
import { commonFields, date, timestamp } from '../core/values.ts';
import { documentLines, totals, ValuedLine } from './line-item.ts';

const quoteStatuses = ['draft', 'sent', 'accepted', 'declined', 'expired'] as const;
export type QuoteStatus = (typeof quoteStatuses)[number];

/** Without `lineItems` the deal's are taken, as they are then. */
export const QuoteInput = z.strictObject({
  validUntil: date(),
  lineItems: z.optional(documentLines()),
  notes: z.optional(longText()),
});
export type QuoteInput = z.output<typeof QuoteInput>;

/** What may be changed while it is a draft. */
export const QuoteEdit = z.strictObject({ validUntil: date(), lineItems: documentLines(), notes: z.optional(longText()) });
export type QuoteEdit = z.output<typeof QuoteEdit>;

const header = {
  id: id('quote'),
  dealId: id('deal'),
  /** `Q-2026-000001`, without gaps in a year. */
  number: z.string(),
  status: z.enum(quoteStatuses),
  /** The last day, UTC, on which it can be accepted. */
  validUntil: date(),
  ...totals,
  sentAt: z.optional(timestamp()),
  acceptedAt: z.optional(timestamp()),
  declinedAt: z.optional(timestamp()),
};

export const Quote = z.object({ ...header, lineItems: z.array(ValuedLine), notes: z.optional(z.string()), ...commonFields });
export type Quote = z.infer<typeof Quote>;

/** A quote as events carry it: without its lines and notes, which may be long. */
export const QuoteHeader = z.object({ ...header, ...commonFields });
export type QuoteHeader = z.infer<typeof QuoteHeader>;
