import type { Item, Key } from '#table/item.ts';

/** A counter that does not say what the records say. */
export interface Difference {
  readonly pk: string;
  readonly sk: string;
  readonly name: string;
  readonly stored: number;
  readonly recomputed: number;
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
