import { fromAttributes, toAttributes } from '#table/attributes.ts';
import { AlreadyDone, StaleRead } from '#table/errors.ts';
import type { Draft, IndexName, Item, Key } from '#table/item.ts';
import { mergeShards } from '#table/merge.ts';
import { operationsOf } from '#table/operations.ts';
import { outboxRecords } from '#table/outbox.ts';
import { compareKeys, keyRange, type RangeBounds } from '#table/range.ts';
import type { Query, Table } from '#table/table.ts';
import type { OutboxEvent, Write } from '#table/transaction.ts';

/** A table without an engine, for tests of use cases: the same refusals, conditions, order and events as the real one. */
export interface MemoryTable extends Table {
  /** Puts items there without a condition, as what a test begins with. */
  seed(...items: readonly Draft[]): void;
  /** All that stands there, expired or not, in order of its keys; of one kind if one is given. */
  items<Data = unknown>(kind?: string): Item<Data>[];
  /** Every event that was said, in order. */
  readonly events: readonly OutboxEvent[];
  /** Calls the function before the next commit is looked at: what another caller does meanwhile. */
  interfere(meanwhile: () => Promise<unknown>): void;
}

export interface MemoryTableOptions {
  /** Milliseconds since 1970; decides what has expired. */
  readonly now?: () => number;
}

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** An item as it comes back from DynamoDB: without undefined members, nothing shared with what was given. */
const stored = (item: Item): Item => fromAttributes(toAttributes(item));

// Tests read what they or the code under test wrote, through the types of its store, as with the real table.
const typed = <Data>(item: Item): Item<Data> => item as Item<Data>;

const keyIn = (item: Item, index: IndexName | undefined): Key | undefined => (index === undefined ? item : item.indexes?.[index]);

const hasMember = (data: unknown, name: string): boolean => typeof data === 'object' && data !== null && Object.hasOwn(data, name);

const conditionHolds = (write: Write, standing: Item | undefined, live: boolean): boolean => {
  switch (write.op) {
    case 'create':
      return !live;
    case 'replace':
      return standing?.rev === write.ifRev;
    case 'delete':
      if (write.ifRev !== undefined) return standing?.rev === write.ifRev;
      return write.refuse === undefined || live;
    case 'check':
      if (typeof write.expect === 'number') return standing?.rev === write.expect;
      if (typeof write.expect === 'object') return !hasMember(standing?.data, write.expect.without);
      return live === (write.expect === 'present');
    case 'add':
      return write.unless === undefined || !hasMember(standing?.data, write.unless);
    case 'amend':
      return (
        standing !== undefined &&
        Object.entries(write.expect).every(([name, value]) => JSON.stringify(memberOf(standing.data, name)) === JSON.stringify(value))
      );
    case 'put':
      return true;
  }
};

const memberOf = (data: unknown, name: string): unknown =>
  typeof data === 'object' && data !== null ? Object.entries(data).find(([key]) => key === name)?.[1] : undefined;

const numberIn = (data: unknown, name: string): number => {
  const value = typeof data === 'object' && data !== null ? Object.entries(data).find(([key]) => key === name)?.[1] : undefined;
  return typeof value === 'number' ? value : 0;
};

const applied = (write: Write, standing: Item | undefined, now: string): Item | undefined => {
  switch (write.op) {
    case 'create':
      return { ...write.item, rev: write.firstRev ?? 1 };
    case 'replace':
      return { ...write.item, rev: write.ifRev + 1 };
    case 'put':
      return { ...write.item, rev: Date.parse(now) };
    case 'amend': {
      const { rev = 0, data, indexes } = standing ?? {};
      // What lies apart stays unless it is given; all else is what is given.
      const apart = Object.entries(Object(data)).filter(([name, value]) => typeof value === 'number' || write.item.apart?.includes(name));
      const members = Object.entries(Object(write.item.data)).filter(([, value]) => value !== undefined);
      return {
        ...standing,
        ...write.item,
        indexes: { ...indexes, ...write.item.indexes },
        rev: rev + 1,
        data: Object.fromEntries([...apart, ...members]),
      };
    }
    case 'delete':
      return undefined;
    case 'check':
      return standing;
    case 'add': {
      const sums = Object.entries(write.numbers).map(([name, number]) => [name, numberIn(standing?.data, name) + number]);
      const data = { ...(typeof standing?.data === 'object' ? standing.data : {}), ...Object.fromEntries(sums), ...write.set };
      return { ...standing, ...write.key, kind: write.kind, rev: (standing?.rev ?? 0) + 1, data };
    }
  }
};

export const memoryTable = ({ now = Date.now }: MemoryTableOptions = {}): MemoryTable => {
  const all = new Map<string, Item>();
  const events: OutboxEvent[] = [];
  const consumed = { calls: 0, retries: 0, readUnits: 0, writeUnits: 0 };
  let meanwhile: (() => Promise<unknown>) | undefined;

  const isLive = (item: Item | undefined, at = now()): boolean =>
    item !== undefined && (item.expiresAt === undefined || item.expiresAt * 1000 > at);
  const read = (key: Key): Item | undefined => {
    const item = all.get(nameOf(key));
    return item !== undefined && isLive(item) ? structuredClone(item) : undefined;
  };
  const range = (partition: string, index: IndexName | undefined, bounds: RangeBounds): Item[] => {
    const keys = keyRange(bounds);
    if (keys === undefined) return [];
    const skOf = (item: Item): string => keyIn(item, index)?.sk ?? '';
    const sign = bounds.descending === true ? -1 : 1;
    const after = (sk: string) => bounds.after === undefined || sign * compareKeys(sk, bounds.after) > 0;
    return [...all.values()]
      .filter((item) => keyIn(item, index)?.pk === partition && keys.includes(skOf(item)) && after(skOf(item)))
      .sort((a, b) => sign * compareKeys(skOf(a), skOf(b)))
      .map((item) => structuredClone(item));
  };

  const table: MemoryTable = {
    async get<Data>(key: Key) {
      consumed.calls += 1;
      const item = read(key);
      return item === undefined ? undefined : typed<Data>(item);
    },

    async getMany<Data>(keys: readonly Key[]) {
      consumed.calls += 1;
      if (keys.length > 100) throw new RangeError(`${keys.length} keys are over the 100 of one read`);
      return keys.map((key) => {
        const item = read(key);
        return item === undefined ? undefined : typed<Data>(item);
      });
    },

    async getTogether<Data>(keys: readonly Key[]) {
      return table.getMany<Data>(keys);
    },

    async query<Data>({ partition, index, limit, ...bounds }: Query) {
      consumed.calls += 1;
      const live = range(partition, index, bounds).filter((item) => isLive(item));
      return { items: live.slice(0, limit).map(typed<Data>), more: live.length > limit };
    },

    async list<Data>({ partitions, index, limit, keep, budget = 1_000, ...bounds }: Parameters<typeof table.list<Data>>[0]) {
      consumed.calls += 1;
      return await mergeShards<Item<Data>, number>({
        read: async (partition, size, start = 0) => {
          const found = range(partition, index, bounds).map(typed<Data>);
          return {
            candidates: found.slice(start, start + size),
            rest: start + size < found.length ? start + size : undefined,
          };
        },
        shards: partitions,
        positionOf: (item) => keyIn(item, index)?.sk ?? '',
        descending: bounds.descending,
        limit,
        keep: (item) => isLive(item) && (keep === undefined || keep(item)),
        filtered: keep !== undefined,
        budget,
      });
    },

    async commit(transaction, provenance, { guard } = {}) {
      const interference = meanwhile;
      meanwhile = undefined;
      await interference?.();
      consumed.calls += 1;
      const records = outboxRecords(transaction.events ?? [], provenance);
      // Refuses what DynamoDB would: foreign and repeated keys, too many operations, too many bytes.
      operationsOf('memory', transaction, records, provenance, guard);
      const at = Date.parse(provenance.now);
      const standingGuard = guard && all.get(nameOf(guard));
      if (standingGuard !== undefined && isLive(standingGuard, at)) throw new AlreadyDone(structuredClone(standingGuard));
      const writes = transaction.writes.map((write) => {
        const key = 'item' in write ? write.item : write.key;
        const standing = all.get(nameOf(key));
        return { write, key, standing, failed: !conditionHolds(write, standing, isLive(standing, at)) };
      });
      const failed = writes.filter((write) => write.failed);
      for (const { write, standing } of failed) {
        const refusal = 'refuse' in write ? write.refuse?.(standing && structuredClone(standing)) : undefined;
        if (refusal !== undefined) throw refusal;
      }
      if (failed.length > 0) throw new StaleRead(`overtaken: ${failed.map(({ key }) => key.pk).join(', ')}`);
      for (const { write, key, standing } of writes) {
        const next = applied(write, standing, provenance.now);
        if (next === undefined) all.delete(nameOf(key));
        else all.set(nameOf(key), stored(next));
      }
      table.seed(...(guard === undefined ? [] : [guard]), ...records.map(({ item }) => item));
      events.push(...records.map(({ event }) => event));
      return records.map(({ event }) => event);
    },

    async takeFromWindow({ key, amount, at, milliseconds }) {
      consumed.calls += 1;
      const standing = all.get(nameOf(key))?.data;
      const opened = at - numberIn(standing, 'startedAt') >= milliseconds;
      const startedAt = opened ? at : numberIn(standing, 'startedAt');
      const taken = amount + (opened ? 0 : numberIn(standing, 'taken'));
      table.seed({ ...key, kind: 'usage-window', data: { startedAt, taken } });
      return { startedAt, taken, opened };
    },

    async noteUse(key, at, until) {
      consumed.calls += 1;
      if (numberIn(all.get(nameOf(key))?.data, 'at') >= at) return;
      table.seed({ ...key, kind: 'usage-last', data: { at }, expiresAt: Math.ceil(until / 1000) });
    },

    get consumed() {
      return { ...consumed };
    },

    seed(...items) {
      for (const item of items) all.set(nameOf(item), stored({ ...item, rev: 1 }));
    },

    items<Data>(kind?: string) {
      return [...all.values()]
        .filter((item) => kind === undefined || item.kind === kind)
        .sort((a, b) => compareKeys(a.pk, b.pk) || compareKeys(a.sk, b.sk))
        .map((item) => typed<Data>(structuredClone(item)));
    },

    events,

    interfere(next) {
      meanwhile = next;
    },
  };
  return table;
};
