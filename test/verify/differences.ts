import { isDeepStrictEqual } from 'node:util';
import type { Draft, Item, Key } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';

/** A counter, lock or link that does not say what the records say. */
export interface Difference {
  readonly pk: string;
  readonly sk: string;
  readonly name: string;
  readonly stored: number | string;
  readonly recomputed: number | string;
}

type Numbers = Readonly<Record<string, number>>;

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** Counters by their keys. */
export class Counts {
  readonly #counters = new Map<string, { key: Key; numbers: Record<string, number> }>();

  add(key: Key, numbers: Numbers): void {
    const counter = this.#counters.get(nameOf(key)) ?? { key, numbers: {} };
    for (const [name, number] of Object.entries(numbers)) counter.numbers[name] = (counter.numbers[name] ?? 0) + number;
    this.#counters.set(nameOf(key), counter);
  }

  /** What these writes add to counters. */
  count(writes: readonly Write[], rowOf: (key: Key) => Key = (key) => key): void {
    for (const write of writes) if (write.op === 'add') this.add(rowOf(write.key), write.numbers);
  }

  items(): { pk: string; sk: string; data: Numbers }[] {
    return [...this.#counters.values()].map(({ key, numbers }) => ({ ...key, data: numbers }));
  }

  /** Where the stored counters say otherwise. A number that is not there is 0. */
  differences(stored: readonly (Key & Pick<Item, 'data'>)[]): Difference[] {
    const standing = new Map(stored.map((item) => [nameOf(item), item]));
    const keys = new Map<string, Key>([
      ...stored.map((item) => [nameOf(item), item] as const),
      ...[...this.#counters].map(([name, { key }]) => [name, key] as const),
    ]);
    return [...keys].flatMap(([name, { pk, sk }]) => {
      const there = numbersOf(standing.get(name)?.data);
      const wanted: Numbers = this.#counters.get(name)?.numbers ?? {};
      const members = new Set([...Object.keys(there), ...Object.keys(wanted)]);
      return [...members]
        .map((member) => ({ pk, sk, name: member, stored: there[member] ?? 0, recomputed: wanted[member] ?? 0 }))
        .filter((difference) => difference.stored !== difference.recomputed);
    });
  }
}

export const numbersOf = (data: unknown): Numbers =>
  Object.fromEntries(Object.entries(data ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

/** A number of a record that should be another one; none when it is that. */
export const unlike = ({ pk, sk }: Key, name: string, stored: number | string, recomputed: number | string): Difference[] =>
  stored === recomputed ? [] : [{ pk, sk, name, stored, recomputed }];

/** The items that these writes write. */
export const itemsOf = (writes: readonly Write[]): Draft[] => writes.flatMap((write) => ('item' in write ? [write.item] : []));

const nothing = 'nothing';

/** Locks and links that are not what the records have them to be: missing, left over, or somebody else's. */
export const differencesOfLocks = (expected: readonly Draft[], stored: readonly Item[]): Difference[] => {
  const wanted = new Map(expected.map((item) => [nameOf(item), item]));
  const standing = new Map(stored.map((item) => [nameOf(item), item]));
  return [...new Map<string, Key & Pick<Item, 'kind'>>([...standing, ...wanted])].flatMap(([name, { pk, sk, kind }]) => {
    const [there, due] = [standing.get(name), wanted.get(name)];
    if (there !== undefined && due !== undefined && isDeepStrictEqual(there.data, due.data)) return [];
    const text = (item: Pick<Item, 'data'> | undefined): string => (item === undefined ? nothing : JSON.stringify(item.data));
    return [{ pk, sk, name: kind, stored: text(there), recomputed: text(due) }];
  });
};
