import { idPattern } from '#contracts/core/ids.ts';
import { handOverDays } from '#contracts/core/retention.ts';
import { type DeadLetterRecorded, DeadLetterRedriven } from '#contracts/events/platform.ts';
import type { platformRoutes } from '#contracts/routes/platform.ts';
import { accepted, page } from '#runtime/answer.ts';
import type { EventHandler, Handler } from '#runtime/handlers.ts';
import { invalid } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { fitting, personIdsIn } from '../domain/dead-letters.ts';
import {
  addDeadLetter,
  deadLetterCollection,
  isAnyErased,
  listDeadLetters as list,
  readDeadLetters,
  removeDeadLetter,
  type StoredDeadLetter,
} from '../store.ts';

// A transaction has 100 operations and 4 MB: two for each dead letter, and the answer to be replayed.
const mostRedriven = 49;
const mostRedrivenBytes = 1_500_000;
// A function's answer ends at 6 MB.
const mostListedBytes = 4_000_000;

/** Lists what a consumer could not handle, under the id that the consumer gave it. What is about somebody who was erased is not kept. */
export const recordDeadLetter: EventHandler<typeof DeadLetterRecorded> = async ({ metadata: { subject }, data }, unit) => {
  if (await isAnyErased(unit.table, personIdsIn(data))) return;
  const id = idPattern('deadLetter').test(subject) ? subject : unit.newId('deadLetter');
  await unit.commit({ writes: [addDeadLetter({ id, ...data })] });
};

/** Dead letters, newest first; fewer than asked for when they are large. */
export const listDeadLetters: Handler<(typeof platformRoutes)['listDeadLetters']> = async ({ page: { limit, after } }, unit) => {
  const { letters, next } = await list(unit.table, { newestFirst: true, limit, after });
  const items = fitting(
    letters.map((letter) => ({ letter })),
    limit,
    mostListedBytes,
  ).map(({ letter }) => letter);
  return page({ items, next: items.length < letters.length ? items.at(-1)?.id : next });
};

const chosen = async (table: Reader, ids: readonly string[]): Promise<StoredDeadLetter[]> => {
  const found = await readDeadLetters(table, ids);
  const unknown = ids.flatMap((_, i) =>
    found[i] ? [] : [{ pointer: `/ids/${i}`, code: 'unknown_id', detail: 'there is no such dead letter' }],
  );
  if (unknown.length > 0) throw invalid(unknown);
  return found.filter((stored) => stored !== undefined);
};

const oldest = async (table: Reader, consumer: string | undefined): Promise<StoredDeadLetter[]> => {
  const { letters } = await list(table, { newestFirst: false, consumer, limit: mostRedriven });
  // The index may be behind: those taken off meanwhile are no more.
  const standing = await readDeadLetters(
    table,
    letters.map(({ id }) => id),
  );
  return standing.filter((stored) => stored !== undefined);
};

/**
 * Sends dead letters to their consumer again and takes them off the list: those named, those of a consumer, those that are both, or the
 * oldest; 49 or 1.5 MB at most. `redriven` says how many.
 *
 * @throws {Problem} 422 for an id that is not on the list.
 */
export const redriveDeadLetters: Handler<(typeof platformRoutes)['redriveDeadLetters']> = async ({ body: { ids, consumer } }, unit) => {
  const candidates = ids ? await chosen(unit.table, [...new Set(ids)]) : await oldest(unit.table, consumer);
  const wanted = candidates.filter(({ letter }) => consumer === undefined || letter.consumer === consumer);
  const redriven = fitting(wanted, mostRedriven, mostRedrivenBytes);
  const answer = accepted({ redriven: redriven.length });
  if (redriven.length === 0) return answer;
  await unit.commit({
    writes: redriven.map(removeDeadLetter),
    events: redriven.map(({ letter: { id, consumer: to, event } }) => ({
      contract: DeadLetterRedriven,
      collection: deadLetterCollection(id),
      subject: id,
      sequence: 1,
      keptDays: handOverDays,
      data: { deadLetterId: id, consumer: to, event },
    })),
    answer,
  });
  return answer;
};
