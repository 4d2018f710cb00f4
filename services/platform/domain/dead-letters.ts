import type { DeadLetter } from '#contracts/resources/platform.ts';

const sizeOf = (letter: DeadLetter): number => Buffer.byteLength(JSON.stringify(letter));

/** As many of them, from the first, as stay within `count` and `bytes` (as JSON); one at least, if there is one. */
export const fitting = <T extends { readonly letter: DeadLetter }>(letters: readonly T[], count: number, bytes: number): T[] => {
  const taken: T[] = [];
  let size = 0;
  for (const one of letters) {
    size += sizeOf(one.letter);
    if (taken.length > 0 && (taken.length === count || size > bytes)) break;
    taken.push(one);
  }
  return taken;
};
