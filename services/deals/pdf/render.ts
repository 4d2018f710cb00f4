import type { Labelled, Sheet, SheetRow } from '../domain/sheet.ts';
import type { Fonts } from './fonts.ts';
import { ink, leading, type Pages, pagesOf, paper, rightEdge, styles, textWidth } from './page.ts';
import { type Style, type Typesetter, typesetterOf } from './typesetter.ts';

const gap = 10;
const rowPadding = 4;

interface Column {
  readonly title: string;
  readonly of: (row: SheetRow) => string;
  /** Right end. */
  readonly right: number;
}

/** What a description has at least. */
const leastDescription = 130;

const numberColumns = ({ rows, currency }: Sheet) =>
  [
    { title: `Net (${currency})`, of: (row: SheetRow) => row.net },
    { title: 'Tax', of: (row: SheetRow) => row.tax },
    { title: 'Discount', of: (row: SheetRow) => row.discount },
    { title: 'Unit price', of: (row: SheetRow) => row.unitPrice },
    { title: 'Quantity', of: (row: SheetRow) => row.quantity },
  ].filter(({ of }) => rows.some((row) => of(row) !== ''));

/**
 * Columns of numbers, left to right, as wide as what is in them; what they leave of the line is the description's. Where numbers of twenty digits would leave
 * too little, they are set smaller.
 */
const layColumns = (set: Typesetter, sheet: Sheet) => {
  const { rows } = sheet;
  const left = paper.left + 4 + set.width(`${rows.length}`, styles.body) + gap;
  const laid = (size: number) => {
    const numbers: Style = { ...styles.body, size };
    let right = rightEdge - 4;
    const columns = numberColumns(sheet).map(({ title, of }): Column => {
      const column = { title, of, right };
      right -= Math.max(set.width(title, styles.head), ...rows.map((row) => set.width(of(row), numbers))) + gap;
      return column;
    });
    return { columns: columns.reverse(), numbers, left, width: right - left };
  };
  const sizes = [styles.body.size, 8, 6.5, 5];
  return sizes.map(laid).find(({ width }) => width >= leastDescription) ?? laid(4);
};

const drawTable = (pages: Pages, set: Typesetter, sheet: Sheet): void => {
  const { columns, numbers, left, width } = layColumns(set, sheet);
  const headHeight = leading(styles.head) + 2 * rowPadding;
  const header = (): void => {
    pages.band(pages.y, headHeight);
    const y = pages.y + rowPadding;
    pages.text('#', paper.left + 4, y, styles.head);
    pages.text('Description', left, y, styles.head);
    for (const column of columns) pages.text(column.title, column.right, y, styles.head, { align: 'right' });
    pages.y += headHeight;
  };
  const mostRow = paper.height - paper.top - paper.bottom - headHeight;
  for (const [index, row] of sheet.rows.entries()) {
    const lines = [
      ...set.lines(row.name, styles.body, width).map((text) => ({ text, style: styles.body, colour: ink.text })),
      ...(row.sku === undefined ? [] : set.lines(row.sku, styles.small, width)).map((text) => ({
        text,
        style: styles.small,
        colour: ink.quiet,
      })),
    ];
    const height = lines.reduce((sum, { style }) => sum + leading(style), 2 * rowPadding);
    // A row stays on one page, but for one that is higher than a page: that goes on over the next. The first one takes the header along.
    const wanted = height > mostRow ? 6 * leading(styles.body) : height;
    if (pages.need(wanted + (index === 0 ? headHeight : 0)) || index === 0) header();
    const [page, top] = [pages.page, pages.y + rowPadding];
    pages.text(`${index + 1}`, paper.left + 4, top, styles.body, { colour: ink.quiet });
    pages.y = top;
    const put = (): void => {
      for (const { of, right } of columns) pages.text(of(row), right, top, numbers, { align: 'right' });
    };
    for (const { text, style, colour } of lines) {
      if (pages.y + leading(style) > paper.height - paper.bottom && pages.page === page) put();
      if (pages.need(leading(style))) header();
      pages.text(text, left, pages.y, style, { colour });
      pages.y += leading(style);
    }
    // After the description, since that is the order in which a reader aloud takes it.
    if (pages.page === page) put();
    pages.y += rowPadding;
    pages.rule(pages.y, ink.faint);
  }
};

const drawTotals = (pages: Pages, set: Typesetter, { sums, totals, currency }: Sheet): void => {
  const line = leading(styles.body) + 2;
  const labels =
    rightEdge - 4 - Math.max(...[...sums, ...totals].map(({ value }) => set.width(`${currency} ${value}`, styles.strong))) - 2 * gap;
  const put = ({ label, value }: Labelled, strong: boolean): void => {
    const style = strong ? styles.strong : styles.body;
    pages.text(label, labels, pages.y, style, { align: 'right' });
    pages.text(strong ? `${currency} ${value}` : value, rightEdge - 4, pages.y, style, { align: 'right' });
    pages.y += line;
  };
  pages.y += gap;
  // A sum alone on a page says little: the last sums and the totals stay together.
  const together = (Math.min(sums.length, 4) + totals.length) * line + gap;
  for (const [index, sum] of sums.entries()) {
    pages.need(index === Math.max(0, sums.length - 4) ? together : line);
    put(sum, false);
  }
  pages.rule(pages.y, ink.rule);
  pages.y += 5;
  for (const total of totals) put(total, true);
};

const drawSections = (pages: Pages, set: Typesetter, { sections }: Sheet): void => {
  for (const { title, text } of sections) {
    const lines = set.lines(text, styles.body, textWidth);
    pages.y += 1.6 * gap;
    pages.need(leading(styles.strong) + Math.min(lines.length, 3) * leading(styles.body));
    pages.text(title, paper.left, pages.y, styles.strong);
    pages.y += leading(styles.strong) + 1;
    for (const line of lines) {
      pages.need(leading(styles.body));
      pages.text(line, paper.left, pages.y, styles.body);
      pages.y += leading(styles.body);
    }
  }
};

const drawBlock = (
  pages: Pages,
  set: Typesetter,
  texts: readonly string[],
  box: { x: number; y: number; width: number; right?: boolean },
): number => {
  let y = box.y;
  for (const [index, text] of texts.entries()) {
    const style = index === 0 ? styles.strong : styles.body;
    for (const line of set.lines(text, style, box.width)) {
      pages.text(line, box.right ? box.x + box.width : box.x, y, style, box.right ? { align: 'right' } : {});
      y += leading(style);
    }
  }
  return y;
};

const half = textWidth / 2 - 12;
const logoBox = { width: 180, height: 64 };

const drawHead = (pages: Pages, set: Typesetter, sheet: Sheet): void => {
  const { seller, sellerTaxId, logo, recipient, facts } = sheet;
  if (logo !== undefined) pages.image(Buffer.from(logo, 'base64'), paper.top, logoBox);
  const taxLine = sellerTaxId === undefined ? [] : [`Tax ID ${sellerTaxId}`];
  const sellerTexts = [seller.name, ...seller.lines, ...taxLine];
  const right = { x: paper.left + textWidth / 2 + 12, width: half, right: true };
  const sellerEnd = drawBlock(pages, set, sellerTexts.some((text) => text !== '') ? sellerTexts : [], { ...right, y: paper.top });

  const top = Math.max(sellerEnd, logo === undefined ? 0 : paper.top + logoBox.height, paper.top + 70) + 20;
  const recipientEnd = recipient
    ? drawBlock(pages, set, [recipient.name, ...recipient.lines], { x: paper.left, y: top, width: half })
    : top;

  const labels = Math.max(...facts.map(({ label }) => set.width(label, styles.body))) + gap;
  const values = Math.max(...facts.map(({ value }) => set.width(value, styles.body)));
  let y = top;
  for (const { label, value } of facts) {
    pages.text(label, rightEdge - values - labels, y, styles.body, { colour: ink.quiet });
    pages.text(value, rightEdge, y, styles.body, { align: 'right' });
    y += leading(styles.body);
  }
  pages.y = Math.max(recipientEnd, y) + 26;
  pages.text(`${sheet.title} ${sheet.number}`, paper.left, pages.y, styles.title);
  pages.y += leading(styles.title) + 8;
};

const drawFoot = (pages: Pages, set: Typesetter, sheet: Sheet, page: number, of: number): void => {
  const y = paper.height - paper.bottom + 26;
  pages.rule(y - 6);
  const count = `Page ${page} of ${of}`;
  const room = textWidth - set.width(count, styles.small) - 2 * gap;
  const texts = [sheet.seller.name, `${sheet.title} ${sheet.number}`].filter((text) => text !== '');
  pages.text(set.fitted(texts.join(' · '), styles.small, room), paper.left, y, styles.small, { colour: ink.quiet });
  pages.text(count, rightEdge, y, styles.small, { align: 'right', colour: ink.quiet });
  if (sheet.stamp !== undefined) pages.stamp(sheet.stamp);
};

const setters = new WeakMap<Fonts, Typesetter>();

const setterFor = (fonts: Fonts): Typesetter => {
  const set = setters.get(fonts) ?? typesetterOf(fonts);
  setters.set(fonts, set);
  return set;
};

/** The document as a PDF file on A4, its fonts embedded as far as they are used. The same sheet gives the same bytes. */
export const renderPdf = async (sheet: Sheet, fonts: Fonts): Promise<Buffer> => {
  const set = setterFor(fonts);
  const pages = pagesOf(sheet, set);
  drawHead(pages, set, sheet);
  drawTable(pages, set, sheet);
  drawTotals(pages, set, sheet);
  drawSections(pages, set, sheet);
  return pages.finish((page, of) => drawFoot(pages, set, sheet, page, of));
};
