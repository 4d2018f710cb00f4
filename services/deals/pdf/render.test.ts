import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import type { Billing } from '#contracts/resources/billing.ts';
import type { LineItem } from '#contracts/resources/line-item.ts';
import { issueInvoice, payInvoice, voidInvoice } from '../domain/invoice.ts';
import { valuationOf } from '../domain/money.ts';
import { draftQuote } from '../domain/quote.ts';
import { invoiceSheet, quoteSheet, type Sheet } from '../domain/sheet.ts';
import { paper } from './page.ts';
import { renderPdf } from './render.ts';
import { typesetterOf } from './typesetter.ts';

const fileAt = (url: string): Buffer => readFileSync(fileURLToPath(url));
const fonts = {
  regular: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf')),
  bold: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf')),
  cjk: fileAt(import.meta.resolve('@expo-google-fonts/noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf')),
};

const now = '2026-11-23T03:00:00.000Z';
const seller: Billing = {
  name: 'Göteborg Engines AB',
  address: 'Västra Hamngatan 5\n411 17 Göteborg',
  taxId: 'SE556677889901',
  bankDetails: { IBAN: 'SE45 5000 0000 0583 9825 7466', BIC: 'ESSESESS' },
  terms: 'Ownership passes with payment.',
  version: 1,
};
const recipient = { name: '名古屋機械株式会社', lines: ['Łukasz Żółć', '愛知県名古屋市中区錦3-1-1'] };
const long =
  'Verlängerter Wartungsvertrag für die analytische Maschine einschließlich Anfahrt, Ersatzteilen und Bereitschaft rund um die Uhr';

const linesOf = (count: number, currency = 'EUR'): LineItem[] =>
  Array.from({ length: count }, (_, i) => ({
    name: i % 7 === 3 ? long : `Machine ${i + 1}`,
    ...(i % 3 === 0 ? { sku: `AE-${i + 1}` } : {}),
    quantity: i % 4 === 0 ? '2.5' : `${i + 1}`,
    unitPrice: { amount: 129_900 + i, currency },
    ...(i % 5 === 0 ? { discountPercent: 12.5 } : {}),
    taxPercent: i % 2 === 0 ? 19 : 7,
  }));

const valued = (items: LineItem[]) => {
  const valuation = valuationOf(items);
  if (!valuation) throw new Error('too much');
  return valuation;
};

const quoteOf = (items: LineItem[], billing = seller): Sheet => {
  const given = { id: 'quote_1', dealId: 'deal_1', number: 'Q-2026-000001', validUntil: '2026-12-31', notes: 'Delivery in May.' };
  const { quote } = draftQuote(given, valued(items), now);
  return quoteSheet({ ...quote, status: 'sent', sentAt: now }, billing, recipient);
};

const invoiceOf = (items: LineItem[]) =>
  issueInvoice(
    { id: 'inv_1', dealId: 'deal_1', number: 'INV-2026-000001', dueDate: '2026-12-22' },
    valued(items),
    { billing: 1, parties: { contactIds: [] } },
    now,
  ).next;

/** Every text with where it stands: its left end and its base line, from the lower left corner. */
const textsOf = async (sheet: Sheet) => {
  const proxy = await getDocumentProxy(new Uint8Array(await renderPdf(sheet, fonts)));
  const numbers = Array.from({ length: proxy.numPages }, (_, i) => i + 1);
  const pages = await Promise.all(
    numbers.map(async (page) => {
      const { items } = await (await proxy.getPage(page)).getTextContent();
      return items.flatMap((item) =>
        'str' in item && item.str.trim() !== ''
          ? [{ page, str: item.str, x: Number(item.transform[4]), y: Number(item.transform[5]), width: item.width }]
          : [],
      );
    }),
  );
  return pages.flat();
};

/** The text of each page, its white space evened out. */
const pagesOf = async (sheet: Sheet): Promise<string[]> => {
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(await renderPdf(sheet, fonts))));
  return text.map((page) => page.replaceAll(/\s+/g, ' '));
};

describe('a quote on paper', () => {
  it('says who sends it to whom, what it offers for how much, and until when', async () => {
    const [page = '', ...more] = await pagesOf(quoteOf(linesOf(3)));
    expect(more).toEqual([]);
    for (const text of [
      'Göteborg Engines AB',
      'Västra Hamngatan 5',
      'Tax ID SE556677889901',
      '名古屋機械株式会社',
      'Łukasz Żółć',
      '愛知県名古屋市中区錦3-1-1',
      'Quote Q-2026-000001',
      'Date 23 November 2026',
      'Valid until 31 December 2026',
      '# Description Quantity Unit price Discount Tax Net (EUR)',
      '1 Machine 1 AE-1 2.5 1,299.00 12.5 % 19 % 2,841.56',
      '2 Machine 2 2 1,299.01 7 % 2,598.02',
      'Net 9,336.64',
      'Tax 7 % on 2,598.02 181.86',
      'Tax 19 % on 6,738.62 1,280.34',
      'Total EUR 10,798.84',
      'Notes Delivery in May.',
      'Terms Ownership passes with payment.',
      'Page 1 of 1',
    ])
      expect(page).toContain(text);
    expect(page).not.toContain('IBAN');
  });

  it('breaks its table over pages, with the header on each, every line once, the totals once', async () => {
    const pages = await pagesOf(quoteOf(linesOf(60)));
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(page.includes('# Description')).toBe(/Machine \d/.test(page));
    }
    const all = pages.join(' ');
    for (let i = 0; i < 60; i += 1)
      if (i % 7 !== 3) expect(all.match(new RegExp(`Machine ${i + 1}(?!\\d)`, 'g')), `line ${i + 1}`).toHaveLength(1);
    expect(all.match(/Verlängerter/g)).toHaveLength(9);
    expect(all.match(/Total EUR/g)).toHaveLength(1);
  });

  it('carries the fonts it is set in, as far as they are used', async () => {
    const bytes = await renderPdf(quoteOf(linesOf(40)), fonts);
    expect(bytes.length).toBeLessThan(120_000);
    const text = bytes.toString('latin1');
    expect(text.match(/\/FontFile2/g)).toHaveLength(3);
    expect(text).not.toMatch(/\/BaseFont \/(Helvetica|Times)/);
  });

  it('is the same file when it is made again', async () => {
    const [first, second] = [await renderPdf(quoteOf(linesOf(5)), fonts), await renderPdf(quoteOf(linesOf(5)), fonts)];
    expect(first.equals(second)).toBe(true);
  });

  it('stands without a letterhead and without anybody it is for', async () => {
    const { recipient: _nobody, ...sheet } = quoteOf(linesOf(1), { version: 0 });
    const [page] = await pagesOf(sheet);
    expect(page).toContain('Quote Q-2026-000001');
  });

  it('flows long terms over as many pages as they need', async () => {
    const terms = Array.from({ length: 400 }, (_, i) => `Clause ${i + 1} says something of weight.`).join('\n');
    const pages = await pagesOf(quoteOf(linesOf(1), { ...seller, terms }));
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.at(-1)).toContain('Clause 400');
    expect(pages.join(' ').match(/Clause \d+/g)).toHaveLength(400);
  });

  it('says of a draft that it is one', async () => {
    const given = { id: 'quote_1', dealId: 'deal_1', number: 'Q-2026-000001', validUntil: '2026-12-31' };
    const [page] = await pagesOf(quoteSheet(draftQuote(given, valued(linesOf(1)), now).quote, seller, recipient));
    expect(page).toContain('DRAFT');
  });

  it.each([
    ['JPY', '129,900', '389,700'],
    ['EUR', '1,299.00', '3,897.00'],
    ['BHD', '129.900', '389.700'],
    ['MGA', '1,299.00', '3,897.00'],
  ])('shows amounts of %s with the decimals of ISO 4217', async (currency, price, net) => {
    const [page] = await pagesOf(quoteOf([{ name: 'Machine', quantity: '3', unitPrice: { amount: 129_900, currency } }]));
    expect(page).toContain(`Machine 3 ${price} ${net}`);
    expect(page).toContain(`Total ${currency} ${net}`);
  });
});

describe('an invoice on paper', () => {
  it('says how and until when to pay, and what is still owed', async () => {
    const record = invoiceOf(linesOf(2));
    const [page] = await pagesOf(invoiceSheet(record.invoice, seller, recipient));
    expect(page).toContain('Invoice INV-2026-000001');
    expect(page).toContain('Due date 22 December 2026');
    expect(page).toContain(
      'Please quote INV-2026-000001 with your payment, due by 22 December 2026. IBAN: SE45 5000 0000 0583 9825 7466 BIC: ESSESESS',
    );
    const { invoice } = payInvoice(record, { amount: { amount: 100_000, currency: 'EUR' }, paidAt: now }, now).next;
    const [partly] = await pagesOf(invoiceSheet(invoice, seller, recipient));
    expect(partly).toMatch(/Paid EUR 1,000\.00 Amount due EUR 5,161\.34/);
  });

  it('says of a void one that it is void, and not how to pay it', async () => {
    const [page] = await pagesOf(invoiceSheet(voidInvoice(invoiceOf(linesOf(2)), now).next.invoice, seller, recipient));
    expect(page).toContain('VOID');
    expect(page).not.toContain('IBAN');
  });
});

describe('the typesetter', () => {
  const set = typesetterOf(fonts);
  const style = { face: 'regular', size: 10 } as const;

  it('takes each character from a font that has it, and leaves marks with the character they belong to', () => {
    expect(set.runs('Łódź 名古屋 Göteborg', style)).toEqual([
      { face: 'regular', text: 'Łódź ' },
      { face: 'cjk', text: '名古屋' },
      { face: 'regular', text: ' Göteborg' },
    ]);
    expect(set.runs('が', style)).toEqual([{ face: 'cjk', text: 'が' }]);
  });

  it('breaks lines between words, between characters of scripts without spaces, and words that are too long', () => {
    const text = `${'word '.repeat(40)}${'名古屋市'.repeat(20)} ${'x'.repeat(200)}`;
    const lines = set.lines(text, style, 120);
    for (const line of lines) expect(set.width(line, style)).toBeLessThanOrEqual(120);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(lines[0]).toMatch(/^(word )+word$/);
  });

  it('shortens what has to fit on one line', () => {
    expect(set.fitted('short', style, 120)).toBe('short');
    const fitted = set.fitted('long '.repeat(100), style, 120);
    expect(fitted).toMatch(/…$/);
    expect(set.width(fitted, style)).toBeLessThanOrEqual(120);
  });

  it('keeps everything between the edges of the paper', async () => {
    const wide = {
      name: 'x'.repeat(500),
      sku: 'y'.repeat(100),
      quantity: '999999999999.999999999',
      unitPrice: { amount: 1, currency: 'EUR' },
      discountPercent: 99.9999,
      taxPercent: 99.9999,
    };
    for (const { x, y, width, str } of await textsOf(quoteOf([wide]))) {
      expect(x, str).toBeGreaterThanOrEqual(paper.left - 1);
      expect(x + width, str).toBeLessThanOrEqual(paper.width - paper.right + 1);
      expect(y, str).toBeGreaterThanOrEqual(paper.bottom - 40);
    }
  });

  it('puts no two texts over each other, however long the numbers are', async () => {
    const most = {
      name: 'W'.repeat(40),
      quantity: '999999999999.123456789',
      unitPrice: { amount: 1, currency: 'EUR' },
      taxPercent: 8.8755,
    };
    const dear = { name: 'Dear', quantity: '1', unitPrice: { amount: 3_000_000_000_000_000, currency: 'EUR' }, discountPercent: 33.3333 };
    const texts = (await textsOf(quoteOf([most, dear]))).toSorted((a, b) => a.page - b.page || a.y - b.y || a.x - b.x);
    for (const [i, one] of texts.entries()) {
      const next = texts[i + 1];
      if (next?.page === one.page && Math.abs(next.y - one.y) < 1)
        expect(next.x, `${one.str} | ${next.str}`).toBeGreaterThanOrEqual(one.x + one.width - 0.5);
    }
  });

  it('goes on with a row that is higher than a page on the next one, and leaves no header alone', async () => {
    const tall = {
      name: Array.from({ length: 100 }, (_, i) => `part ${i + 1}.`).join('\n'),
      quantity: '1',
      unitPrice: { amount: 1, currency: 'EUR' },
    };
    const pages = await pagesOf(quoteOf([tall, { ...tall, name: 'short' }]));
    expect(pages.join(' ').match(/part \d+\./g)).toHaveLength(100);
    for (const page of pages.slice(0, 2)) expect(page).toMatch(/# Description Quantity.*part \d/);
    for (const { y, str } of await textsOf(quoteOf([tall]))) expect(y, str).toBeGreaterThanOrEqual(paper.bottom - 40);
  });
});
