import type { Billing } from '#contracts/resources/billing.ts';
import type { Invoice } from '#contracts/resources/invoice.ts';
import type { TaxLine, ValuedLine } from '#contracts/resources/line-item.ts';
import type { Quote } from '#contracts/resources/quote.ts';
import { owed } from './invoice.ts';
import { addressLines, type Recipient } from './letterhead.ts';
import { amountText, dayText } from './paper.ts';

/** A line of the table, every part as it is printed. */
export interface SheetRow {
  readonly name: string;
  readonly sku?: string | undefined;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly discount: string;
  readonly tax: string;
  readonly net: string;
}

export interface Labelled {
  readonly label: string;
  readonly value: string;
}

/** A commercial document, ready to be set: texts only, nothing left to decide but where they stand. */
export interface Sheet {
  readonly title: string;
  readonly number: string;
  readonly currency: string;
  /** What the document must not be taken for something else without: `DRAFT`, `VOID`. */
  readonly stamp?: string;
  readonly seller: Recipient;
  readonly sellerTaxId?: string | undefined;
  /** PNG, base64. */
  readonly logo?: string | undefined;
  readonly recipient?: Recipient | undefined;
  readonly facts: readonly Labelled[];
  readonly rows: readonly SheetRow[];
  /** Net, tax by rate. */
  readonly sums: readonly Labelled[];
  /** The lines that count, the last one what is asked for. */
  readonly totals: readonly Labelled[];
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  /** Last change: the document's date for machines. */
  readonly changedAt: string;
}

const percentText = (percent: number | undefined): string => (percent === undefined ? '' : `${percent} %`);

const rowOf = ({ name, sku, quantity, unitPrice, discountPercent, taxPercent, net }: ValuedLine): SheetRow => ({
  name,
  sku,
  quantity,
  unitPrice: amountText(unitPrice),
  discount: percentText(discountPercent),
  tax: percentText(taxPercent),
  net: amountText(net),
});

const taxText = ({ percent, base, amount }: TaxLine): Labelled => ({
  label: `Tax ${percentText(percent)} on ${amountText(base)}`,
  value: amountText(amount),
});

const textOf = (details: NonNullable<Billing['bankDetails']>): string =>
  typeof details === 'string'
    ? details
    : Object.entries(details)
        .map(([label, value]) => `${label}: ${value}`)
        .join('\n');

const letterhead = ({ name = '', address, taxId, logo }: Billing): Pick<Sheet, 'seller' | 'sellerTaxId' | 'logo'> => ({
  seller: { name, lines: typeof address === 'string' ? address.split('\n') : address === undefined ? [] : addressLines(address) },
  sellerTaxId: taxId,
  logo,
});

const fact = (label: string, value: string | undefined): Labelled[] => (value === undefined ? [] : [{ label, value }]);

const section = (title: string, text: string | undefined) => (text === undefined ? [] : [{ title, text }]);

const contents = ({ lineItems, net, tax }: Pick<Quote, 'lineItems' | 'net' | 'tax'>) => ({
  currency: net.currency,
  rows: lineItems.map(rowOf),
  sums: [{ label: 'Net', value: amountText(net) }, ...tax.map(taxText)],
});

const quoteStamps: Readonly<Partial<Record<Quote['status'], string>>> = { draft: 'DRAFT', expired: 'EXPIRED', declined: 'DECLINED' };

/** A quote on paper. `status` is that of now. */
export const quoteSheet = (quote: Quote, billing: Billing, recipient: Recipient | undefined): Sheet => {
  const stamp = quoteStamps[quote.status];
  return {
    title: 'Quote',
    number: quote.number,
    ...(stamp === undefined ? {} : { stamp }),
    ...letterhead(billing),
    recipient,
    facts: [
      { label: 'Number', value: quote.number },
      { label: 'Date', value: dayText(quote.sentAt ?? quote.createdAt) },
      { label: 'Valid until', value: dayText(quote.validUntil) },
      ...fact('Accepted', quote.acceptedAt && dayText(quote.acceptedAt)),
    ],
    ...contents(quote),
    totals: [{ label: 'Total', value: amountText(quote.total) }],
    sections: [...section('Notes', quote.notes), ...section('Terms', billing.terms)],
    changedAt: quote.updatedAt,
  };
};

/** An invoice on paper. */
export const invoiceSheet = (invoice: Invoice, billing: Billing, recipient: Recipient | undefined): Sheet => {
  const isVoid = invoice.status === 'void';
  const left = { amount: owed(invoice), currency: invoice.total.currency };
  const paying = [
    `Please quote ${invoice.number} with your payment${invoice.dueDate === undefined ? '' : `, due by ${dayText(invoice.dueDate)}`}.`,
    ...(billing.bankDetails === undefined ? [] : [textOf(billing.bankDetails)]),
  ].join('\n');
  return {
    title: 'Invoice',
    number: invoice.number,
    ...(isVoid ? { stamp: 'VOID' } : {}),
    ...letterhead(billing),
    recipient,
    facts: [
      { label: 'Number', value: invoice.number },
      { label: 'Date', value: dayText(invoice.issuedAt) },
      ...fact('Due date', invoice.dueDate && dayText(invoice.dueDate)),
    ],
    ...contents(invoice),
    totals: [
      { label: 'Total', value: amountText(invoice.total) },
      ...(invoice.paid.amount === 0
        ? []
        : [
            { label: 'Paid', value: amountText(invoice.paid) },
            { label: 'Amount due', value: amountText(left) },
          ]),
    ],
    sections: [...section('Payment', isVoid || left.amount === 0 ? undefined : paying), ...section('Terms', billing.terms)],
    changedAt: invoice.updatedAt,
  };
};
