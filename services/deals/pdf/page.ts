import type { Font } from 'fontkit';
import PDFDocument from 'pdfkit';
import type { Sheet } from '../domain/sheet.ts';
import type { Style, Typesetter } from './typesetter.ts';

declare global {
  namespace PDFKit.Mixins {
    interface PDFFont {
      // It takes fonts that fontkit has opened, too, which its types don't tell: parsing them for every document is most of its time.
      registerFont(name: string, font: Font): this;
    }
  }
}

/** A4, in points. */
export const paper = { width: 595.28, height: 841.89, left: 56, right: 56, top: 52, bottom: 74 } as const;
export const textWidth = paper.width - paper.left - paper.right;
export const rightEdge = paper.width - paper.right;

export const ink = { text: '#1c1f24', quiet: '#616871', rule: '#c9ced6', faint: '#e9ecf0', stamp: '#c0392b' } as const;

export const styles = {
  title: { face: 'bold', size: 22 },
  strong: { face: 'bold', size: 9.5 },
  body: { face: 'regular', size: 9.5 },
  small: { face: 'regular', size: 8 },
  head: { face: 'bold', size: 8.5 },
} as const satisfies Readonly<Record<string, Style>>;

/** Height of a line of that style. */
export const leading = ({ size }: Style): number => size * 1.4;

/** Pages that are written from top to bottom. */
export interface Pages {
  /** Where the next thing goes, from the top. */
  y: number;
  /** Number of the present page, from 1. */
  readonly page: number;
  /** One line of text with its top at `y`; right-aligned, `x` is its right end. */
  text(line: string, x: number, y: number, style: Style, options?: { readonly align?: 'right'; readonly colour?: string }): void;
  rule(y: number, colour?: string): void;
  band(y: number, height: number): void;
  image(bytes: Buffer, y: number, box: { readonly width: number; readonly height: number }): void;
  /** Begins a page unless that much fits on this one; true when it did. */
  need(height: number): boolean;
  /** Writes on every page, once all of them are there, and gives the file. */
  finish(each: (page: number, of: number) => void): Promise<Buffer>;
  stamp(word: string): void;
}

export const pagesOf = (sheet: Sheet, set: Typesetter): Pages => {
  const document = new PDFDocument({
    size: 'A4',
    margin: 0,
    // None of the fonts that every reader has: ours come along.
    font: '',
    bufferPages: true,
    autoFirstPage: false,
    pdfVersion: '1.7',
    lang: 'en',
    displayTitle: true,
    info: {
      Title: `${sheet.title} ${sheet.number}`,
      ...(sheet.seller.name === '' ? {} : { Author: sheet.seller.name }),
      Creator: 'Leadline',
      CreationDate: new Date(sheet.changedAt),
      ModDate: new Date(sheet.changedAt),
    },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    document.on('end', resolve);
    document.on('error', reject);
  });
  const { regular, bold, cjk } = set.faces;
  document.registerFont('regular', regular).registerFont('bold', bold).registerFont('cjk', cjk);

  let page = 1;
  const pages: Pages = {
    y: paper.top,
    get page() {
      return page;
    },
    text: (line, x, y, style, { align, colour = ink.text } = {}) => {
      let at = align === 'right' ? x - set.width(line, style) : x;
      for (const { face, text } of set.runs(line, style)) {
        // All fonts stand on the same base line.
        document
          .font(face, style.size)
          .fillColor(colour)
          .text(text, at, y + style.size, { lineBreak: false, baseline: 'alphabetic' });
        at += set.width(text, { ...style, face: face === 'cjk' ? style.face : face });
      }
    },
    rule: (y, colour = ink.rule) => void document.moveTo(paper.left, y).lineTo(rightEdge, y).lineWidth(0.6).strokeColor(colour).stroke(),
    band: (y, height) => void document.rect(paper.left, y, textWidth, height).fill(ink.faint),
    image: (bytes, y, { width, height }) => void document.image(bytes, paper.left, y, { fit: [width, height] }),
    need: (height) => {
      if (pages.y + height <= paper.height - paper.bottom) return false;
      document.addPage();
      page += 1;
      pages.y = paper.top;
      return true;
    },
    stamp: (word) => {
      const style: Style = { face: 'bold', size: 72 };
      const [x, y] = [paper.width / 2, paper.height / 2];
      document
        .save()
        .opacity(0.12)
        .rotate(-35, { origin: [x, y] });
      pages.text(word, x + set.width(word, style) / 2, y - style.size / 2, style, { align: 'right', colour: ink.stamp });
      document.restore().opacity(1);
    },
    finish: async (each) => {
      const { start, count } = document.bufferedPageRange();
      for (let index = 0; index < count; index += 1) {
        document.switchToPage(start + index);
        each(index + 1, count);
      }
      document.end();
      await ended;
      return Buffer.concat(chunks);
    },
  };
  document.addPage();
  return pages;
};
