import { createHash } from 'node:crypto';
import type { documentRoutes } from '#contracts/routes/quotes.ts';
import { type Answer, content } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import { toQuote } from '../domain/quote.ts';
import { invoiceSheet, quoteSheet, type Sheet } from '../domain/sheet.ts';
import type { Fonts } from '../pdf/fonts.ts';
import { readBilling, readBillingAt } from '../store/billing.ts';
import { readInvoice, readQuote } from '../store/documents.ts';
import { readRecipient } from '../store/recipients.ts';
import { partiesOfDeal } from './document-source.ts';

type Routes = typeof documentRoutes;

/** Quotes and invoices as PDF. What is frozen bears the letterhead of then, a draft the one of now. */
export const documentHandlers = (
  fonts: () => Promise<Fonts>,
): {
  readonly getQuoteDocument: Handler<Routes['getQuoteDocument']>;
  readonly getInvoiceDocument: Handler<Routes['getInvoiceDocument']>;
} => {
  const pdf = async (sheet: Sheet): Promise<Answer> => {
    // What makes a PDF is half a megabyte, of no use for saying no.
    const { renderPdf } = await import('../pdf/render.ts');
    const bytes = await renderPdf(sheet, await fonts());
    const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    return content('application/pdf', bytes, { etag, headers: { 'content-disposition': `inline; filename="${sheet.number}.pdf"` } });
  };
  return {
    getQuoteDocument: async ({ params, id }, unit) => {
      const stored = await readQuote(unit.table, params.quoteId ?? id);
      if (!stored) throw notFound('There is no such quote.');
      const { frozen, quote } = stored;
      const [billing, recipient] = await Promise.all([
        frozen ? readBillingAt(unit.table, frozen.billing) : readBilling(unit.table),
        readRecipient(unit.table, frozen?.parties ?? (await partiesOfDeal(unit, quote.dealId)), frozen?.company),
      ]);
      return pdf(quoteSheet(toQuote(stored, unit.now), billing, recipient));
    },
    getInvoiceDocument: async ({ params, id }, unit) => {
      const stored = await readInvoice(unit.table, params.invoiceId ?? id);
      if (!stored) throw notFound('There is no such invoice.');
      const { frozen, invoice } = stored;
      const [billing, recipient] = await Promise.all([
        readBillingAt(unit.table, frozen.billing),
        readRecipient(unit.table, frozen.parties, frozen.company),
      ]);
      return pdf(invoiceSheet(invoice, billing, recipient));
    },
  };
};
