import type { FaultSettings } from './types.ts';

/** What is to happen to one call. */
export interface Fate {
  readonly throttle: boolean;
  readonly before: boolean;
  readonly after: boolean;
  readonly stale: boolean;
  /** Between kinds of the same fault: 0 up to, not including, 1. */
  readonly choice: number;
}

/** Decides the fate of one call after another. */
export type Faults = () => Fate;

const WORDS = ['throttle', 'before', 'after', 'stale'] as const;

/**
 * Reads `LEADLINE_FAULTS`, such as `seed=42,throttle=0.05,before=0.02,after=0.02,stale=0.05`; every word may be left out.
 * @returns undefined for nothing, or only blanks.
 * @throws Error that names the word that is wrong.
 */
export function parseFaults(text: string | undefined): FaultSettings | undefined {
  if (text === undefined || text.trim() === '') {
    return undefined;
  }
  const settings = { seed: 1, throttle: 0, before: 0, after: 0, stale: 0 };
  for (const part of text.split(',')) {
    const [word = '', value = '', ...rest] = part.split('=').map((piece) => piece.trim());
    const number = value === '' || rest.length > 0 ? Number.NaN : Number(value);
    const probability = WORDS.find((known) => known === word);
    if (word === 'seed') {
      if (!Number.isSafeInteger(number)) {
        throw new Error(`LEADLINE_FAULTS: seed must be a whole number, not "${value}"`);
      }
      settings.seed = number;
    } else if (probability === undefined) {
      throw new Error(`LEADLINE_FAULTS: unknown word "${word}"; known are seed, ${WORDS.join(', ')}`);
    } else if (number >= 0 && number <= 1) {
      settings[probability] = number;
    } else {
      throw new Error(`LEADLINE_FAULTS: ${word} must be a probability from 0 to 1, not "${value}"`);
    }
  }
  return settings;
}

/** A small seeded generator (mulberry32): numbers from 0 up to, not including, 1. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every call draws the same number of times, so that the n-th call's fate depends on the seed and n alone. */
export function makeFaults(settings: FaultSettings): Faults {
  const draw = random(settings.seed);
  return () => ({
    throttle: draw() < settings.throttle,
    before: draw() < settings.before,
    after: draw() < settings.after,
    stale: draw() < settings.stale,
    choice: draw(),
  });
}
