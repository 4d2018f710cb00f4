import { create, type Font } from 'fontkit';
import type { Fonts } from './fonts.ts';

type Face = keyof Fonts;

export interface Style {
  readonly face: 'regular' | 'bold';
  /** Points. */
  readonly size: number;
}

/** A stretch of text that one font has all glyphs for. */
interface Run {
  readonly face: Face;
  readonly text: string;
}

/** What lays text out: which font has which glyphs, how wide text is, where lines break. Widths are points. */
export interface Typesetter {
  /** The fonts, opened. */
  readonly faces: Readonly<Record<Face, Font>>;
  runs(text: string, style: Style): Run[];
  width(text: string, style: Style): number;
  /** Lines no wider than that; newlines in the text end lines. Never empty. */
  lines(text: string, style: Style, width: number): string[];
  /** The beginning of a line, with an ellipsis, where all of it would be wider than that. */
  fitted(text: string, style: Style, width: number): string;
}

const opened = (file: Buffer): Font => {
  const font = create(file);
  if (!('hasGlyphForCodePoint' in font)) throw new TypeError('a collection of fonts, where one is needed');
  return font;
};

// Marks and joiners belong to the character before them, whatever font that is from.
const attached = /^[\p{M}\u200c\u200d]/u;

// A line may break after a space or a hyphen, and around characters of scripts that are written without spaces.
const unspaced = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u3000-\\u303f\\uff00-\\uffef';
const pieces = new RegExp(`[${unspaced}]\\p{M}*|[^\\s\\-${unspaced}]*-+|[^\\s\\-${unspaced}]+|\\s`, 'gu');

/** Opens fonts; their coverage and widths are kept, so that a second document costs less. */
export const typesetterOf = (fonts: Fonts): Typesetter => {
  const faces: Readonly<Record<Face, Font>> = { regular: opened(fonts.regular), bold: opened(fonts.bold), cjk: opened(fonts.cjk) };
  const chosen = { regular: new Map<string, Face>(), bold: new Map<string, Face>() };
  const advances: Readonly<Record<Face, Map<string, number>>> = { regular: new Map(), bold: new Map(), cjk: new Map() };

  const faceOf = (character: string, wanted: Style['face']): Face => {
    const known = chosen[wanted].get(character);
    if (known !== undefined) return known;
    const point = character.codePointAt(0) ?? 0;
    const face = !faces[wanted].hasGlyphForCodePoint(point) && faces.cjk.hasGlyphForCodePoint(point) ? 'cjk' : wanted;
    chosen[wanted].set(character, face);
    return face;
  };

  /** Ems, without kerning, which is a fraction of a point in a line and not worth its time. */
  const advance = (character: string, face: Face): number => {
    const known = advances[face].get(character);
    if (known !== undefined) return known;
    const font = faces[face];
    const value = font.glyphForCodePoint(character.codePointAt(0) ?? 0).advanceWidth / font.unitsPerEm;
    advances[face].set(character, value);
    return value;
  };

  const width = (text: string, { face, size }: Style): number => {
    let ems = 0;
    for (const character of text) ems += advance(character, faceOf(character, face));
    return ems * size;
  };

  /** A piece that is wider than the line, in parts that are not. */
  const parts = (piece: string, style: Style, most: number): string[] => {
    const found: string[] = [];
    let part = '';
    for (const character of piece) {
      if (part !== '' && !attached.test(character) && width(part + character, style) > most) {
        found.push(part);
        part = '';
      }
      part += character;
    }
    return [...found, part];
  };

  const brokenLine = (text: string, style: Style, most: number): string[] => {
    const found: string[] = [];
    let line = '';
    for (const piece of text.match(pieces) ?? []) {
      if (width(line + piece.trimEnd(), style) <= most) {
        line += piece;
        continue;
      }
      if (line.trim() !== '') found.push(line.trimEnd());
      const whole = parts(piece.trimStart(), style, most);
      found.push(...whole.slice(0, -1));
      line = whole.at(-1) ?? '';
    }
    return [...found, line.trimEnd()];
  };

  return {
    faces,
    runs: (text, { face }) => {
      const found: { face: Face; text: string }[] = [];
      for (const character of text) {
        const last = found.at(-1);
        const its = last && attached.test(character) ? last.face : faceOf(character, face);
        if (last?.face === its) last.text += character;
        else found.push({ face: its, text: character });
      }
      return found;
    },
    width,
    lines: (text, style, most) => text.split('\n').flatMap((line) => brokenLine(line.replaceAll('\t', '    '), style, most)),
    fitted: (text, style, most) => {
      if (width(text, style) <= most) return text;
      const characters = Array.from(text);
      while (characters.length > 0 && width(`${characters.join('')}…`, style) > most) characters.pop();
      return `${characters.join('')}…`;
    },
  };
};
