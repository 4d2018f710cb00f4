import { ErasureCompleted, ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
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

const personId = /\b(?:lead|cont)_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g;
const mostIds = 100;

// Events of an erasure name records and say nothing of the person; given up, they must be sent again.
const erasureEvents: ReadonlySet<string> = new Set([ErasureRequested.name, PersonalDataErased.name, ErasureCompleted.name]);

/** Ids of leads and contacts that a dead letter's event is about, each once, at most 100. */
export const personIdsIn = ({ detailType, event }: Pick<DeadLetter, 'detailType' | 'event'>): string[] =>
  erasureEvents.has(detailType) ? [] : [...new Set(JSON.stringify(event).match(personId))].slice(0, mostIds);

export const namesAny = (letter: Pick<DeadLetter, 'detailType' | 'event'>, ids: readonly string[]): boolean => {
  const named = new Set(personIdsIn(letter));
  return ids.some((id) => named.has(id));
};
