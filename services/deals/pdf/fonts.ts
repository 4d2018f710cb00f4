import { readFile } from 'node:fs/promises';

/** Font files (TrueType) that documents are set in. */
export interface Fonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
  /** For what the others have no glyphs for: Chinese characters, kana. */
  readonly cjk: Buffer;
}

/** Reads the fonts that lie beside the function's code, once while it lives. */
export const fontsBeside = (base: string): (() => Promise<Fonts>) => {
  const read = (name: string): Promise<Buffer> => readFile(new URL(`./${name}`, base));
  let kept: Fonts | undefined;
  return async () => {
    if (kept === undefined) {
      const [regular, bold, cjk] = await Promise.all([read('regular.ttf'), read('bold.ttf'), read('cjk.ttf')]);
      kept = { regular, bold, cjk };
    }
    return kept;
  };
};
