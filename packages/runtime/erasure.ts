import { isDeepStrictEqual } from 'node:util';
import type { ServiceName } from '#contracts/core/event.ts';
import type { Identifiers } from '#contracts/core/redaction.ts';
import { type ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import {
  type ErasureBeginner,
  erasureBeginners,
  erasureCollection,
  noRecords,
  type PersonRecords,
  PersonSheet,
  personSheetKey,
  unitedSheets,
} from '#contracts/records/erasure.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { type ItemRange, positionIn, readPage } from '#table/item-range.ts';
import type { Write } from '#table/transaction.ts';
import type { ReceivedEvent } from './handlers.ts';
import type { Reader, UnitOfWork } from './unit-of-work.ts';

/** A service's part in an erasure. */
export interface Cleaning {
  readonly service: ServiceName;
  readonly erasureId: string;
}

/** Seconds after which the sheet of a person goes even if the erasure was never completed. */
const sheetSeconds = 7 * 24 * 60 * 60;

const counterKey = ({ service, erasureId }: Cleaning): Key => ({ pk: erasureCollection(service, erasureId), sk: 'cleaned' });

/** Counts cleaned records in the transaction that cleans them, so that the proof is exact whatever is cut short. */
const countWrite = (cleaning: Cleaning, records: number): Write => ({
  op: 'add',
  key: counterKey(cleaning),
  kind: 'erasure-counter',
  numbers: { records },
});

/** Takes an item away as it was read. */
export const removed = ({ pk, sk, rev }: Item): Write => ({ op: 'delete', key: { pk, sk }, ifRev: rev });

/** Writes other data into an item, if it is other; its place and its lists stay. An event written anew is not said again. */
export const rewritten = ({ rev, ...item }: Item, data: unknown): Write[] =>
  isDeepStrictEqual(item.data, data) ? [] : [{ op: 'replace', item: { ...item, data } satisfies Draft, ifRev: rev }];

const keyOf = (write: Write): Key => ('item' in write ? write.item : write.key);

/** Two lines may lead to one item, which one transaction writes once. */
const distinct = (writes: readonly Write[]): Write[] => {
  const byKey = new Map<string, Write>();
  for (const write of writes) {
    const { pk, sk } = keyOf(write);
    const name = JSON.stringify([pk, sk]);
    if (!byKey.has(name)) byKey.set(name, write);
  }
  return [...byKey.values()];
};

/** One transaction that cleans; the reads it rests on are made anew when it comes too late. Nothing to write: nothing is written. */
export const cleanOnce = (
  unit: UnitOfWork,
  cleaning: Cleaning,
  work: (unit: UnitOfWork) => Promise<{ readonly cleans: readonly Write[]; readonly others?: readonly Write[] }>,
): Promise<void> =>
  unit.step(async (step) => {
    const { cleans, others = [] } = await work(step);
    const writes = distinct([...cleans, ...others]);
    if (writes.length === 0) return;
    const cleaned = distinct(cleans).length;
    await step.commit({ writes: cleaned === 0 ? writes : [...writes, countWrite(cleaning, cleaned)] });
  });

/** Items looked at for one transaction, and writes that it may have: of its hundred operations some are the caller's. */
const mostLookedAt = 40;
const mostWrites = 90;

/**
 * Goes through a partition, or one of an index, and cleans item by item, some in each transaction. It may be cut short anywhere and begin
 * again: what is clean already is left.
 */
export const cleanItems = async (
  unit: UnitOfWork,
  cleaning: Cleaning,
  range: ItemRange,
  clean: (item: Item, table: Reader) => Promise<readonly Write[]> | readonly Write[],
): Promise<void> => {
  let after: string | undefined;
  let isMore = true;
  while (isMore) {
    const from = after;
    let position: string | undefined;
    await cleanOnce(unit, cleaning, async ({ table }) => {
      const { items, more } = await readPage(table, range, { limit: mostLookedAt, after: from });
      // An index tells late: what is written anew is the item itself.
      const present =
        range.index === undefined || items.length === 0 ? items : await table.getMany(items.map(({ pk, sk }) => ({ pk, sk })));
      const cleans: Write[] = [];
      let seen = 0;
      for (const item of items) {
        const itself = present[seen];
        const writes = itself === undefined ? [] : await clean(itself, table);
        if (seen > 0 && cleans.length + writes.length > mostWrites) break;
        cleans.push(...writes);
        position = positionIn(item, range.index);
        seen += 1;
      }
      isMore = more || seen < items.length;
      return { cleans };
    });
    after = position;
    if (position === undefined) isMore = false;
  }
};

/** Who is meant, as far as intake and accounts know by now (declared foreign reads). */
export const readPerson = async (table: Reader, erasureId: string): Promise<PersonSheet> => {
  const items = await Promise.all(erasureBeginners.map((service) => table.get(personSheetKey(service, erasureId))));
  return unitedSheets(items.flatMap((item) => (item === undefined ? [] : [PersonSheet.parse(item.data)])));
};

/** Adds to a beginner's own sheet of the person, as it was read; nothing when nothing is new. */
export const sheetWrites = (
  service: ErasureBeginner,
  erasureId: string,
  before: Item | undefined,
  known: readonly Identifiers[],
  now: string,
): Write[] => {
  const former = before === undefined ? [] : [PersonSheet.parse(before.data)];
  const data = unitedSheets([...former, ...known]);
  if (before !== undefined && isDeepStrictEqual(data, unitedSheets(former))) return [];
  const expiresAt = Math.floor(Date.parse(now) / 1000) + sheetSeconds;
  const item: Draft<PersonSheet> = { ...personSheetKey(service, erasureId), kind: 'erasure-person', data, expiresAt };
  return [before === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: before.rev }];
};

/** A source's events about an erasure count by its rounds: one asks, one answers. */
export const requestSequence = (round: number): number => 2 * round - 1;
const answerSequence = (round: number): number => 2 * round;
export const completionSequence = (round: number): number => 2 * round + 1;

/** Says that this service has cleaned what it holds, and what else of the person it came across; the mark of the event is in the same transaction. */
export const answerErasure = async (
  event: ReceivedEvent<typeof ErasureRequested>,
  unit: UnitOfWork,
  service: ServiceName,
  found: Partial<PersonRecords> = {},
): Promise<void> => {
  const { erasureId, round } = event.data;
  const counter = await unit.table.get<{ readonly records?: number }>(counterKey({ service, erasureId }));
  await unit.commit({
    writes: [],
    events: [
      {
        contract: PersonalDataErased,
        collection: erasureCollection(service, erasureId),
        subject: erasureId,
        sequence: answerSequence(round),
        data: { erasureId, service, round, records: counter?.data.records ?? 0, found: { ...noRecords, ...found } },
      },
    ],
  });
};
