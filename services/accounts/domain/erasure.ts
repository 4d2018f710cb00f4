import { type ServiceName, serviceNames } from '#contracts/core/event.ts';
import {
  archiveDays,
  backupDays,
  deadLetterQueueDays,
  handOverDays,
  idempotencyHours,
  logDays,
  streamHours,
} from '#contracts/core/retention.ts';
import { noRecords, type PersonRecords } from '#contracts/records/erasure.ts';
import type { Erasure } from '#contracts/resources/erasure.ts';

/** What a service has last answered. */
export interface Answered {
  readonly round: number;
  readonly at: string;
  /** Items cleaned in all its rounds. */
  readonly records: number;
}

/** How an erasure stands. It goes in rounds: each asks every service, with all that is known by then. */
export interface ErasureState extends PersonRecords {
  /** Absent until the request itself is heard of; an answer may be faster. */
  readonly requestedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly round: number;
  /** Whether the round before asked about the very same records, so that this one only looks once more. */
  readonly settled: boolean;
  /** What was come across in this round. */
  readonly found: PersonRecords;
  readonly answered: Partial<Record<ServiceName, Answered>>;
  /** Accounts the person was with, in whose timelines others' words may name it. */
  readonly accountIds: readonly string[];
}

export const noErasure: ErasureState = { ...noRecords, round: 0, settled: false, found: noRecords, answered: {}, accountIds: [] };

export const united = (...lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];

export const unitedRecords = (a: PersonRecords, b: PersonRecords): PersonRecords => ({
  leadIds: united(a.leadIds, b.leadIds),
  contactIds: united(a.contactIds, b.contactIds),
  dealIds: united(a.dealIds, b.dealIds),
});

const sizeOf = ({ leadIds, contactIds, dealIds }: PersonRecords): number => leadIds.length + contactIds.length + dealIds.length;

/** When the last of these answers was given; they come in any order. */
const lastOf = (answered: ErasureState['answered']): string | undefined =>
  Object.values(answered)
    .map(({ at }) => at)
    .toSorted()
    .at(-1);

/** The erasure once a round is asked for; one that was heard of already stays. */
export const afterRequest = (
  before: ErasureState,
  asked: PersonRecords & { readonly round: number; readonly requestedAt: string },
): ErasureState =>
  before.requestedAt !== undefined && before.round >= asked.round
    ? before
    : { ...before, ...unitedRecords(before, asked), requestedAt: before.requestedAt ?? asked.requestedAt, round: asked.round };

/**
 * After a service's answer. When all have answered the round, they are asked again with what was found; when nothing was found in two
 * rounds about the same records, it is done: the second also catches what was under way during the first.
 */
export const afterAnswer = (
  before: ErasureState,
  answer: Answered & { readonly service: ServiceName; readonly found: PersonRecords },
): { readonly next: ErasureState; readonly outcome: 'waits' | 'asks-again' | 'completes' } => {
  const { service, found, ...given } = answer;
  const former = before.answered[service];
  if (former !== undefined && former.round >= answer.round) return { next: before, outcome: 'waits' };
  const answered = { ...before.answered, [service]: given };
  const next = { ...before, answered, found: unitedRecords(before.found, found) };
  const isRoundOver = before.requestedAt !== undefined && serviceNames.every((name) => (answered[name]?.round ?? 0) >= before.round);
  if (!isRoundOver) return { next, outcome: 'waits' };
  const all = unitedRecords(next, next.found);
  const isSettled = sizeOf(all) === sizeOf(next);
  if (isSettled && before.settled) return { next: { ...next, completedAt: lastOf(answered) }, outcome: 'completes' };
  return { next: { ...next, ...all, round: before.round + 1, settled: isSettled, found: noRecords }, outcome: 'asks-again' };
};

const hours = 60 * 60 * 1000;
const days = 24 * hours;

/** What cannot be edited and goes by itself, with how long after the erasure it is gone at the latest. */
const lastTraces: readonly (readonly [where: string, after: number])[] = [
  ['answers kept for an Idempotency-Key, sealed under that key', idempotencyHours * hours],
  ["the table's stream", streamHours * hours],
  ['events that handed a dead letter over', handOverDays * days],
  ['messages in dead-letter queues', deadLetterQueueDays * days],
  ["the bus's archive of events", archiveDays * days],
  ['backups of the table', backupDays * days],
  ['logs, which hold ids only', logDays * days],
];

/** The proof as the API answers it. `requestedAt`: of one that was begun a moment ago, as its beginner has it. */
export const erasureResource = (id: string, state: ErasureState, requestedAt: string): Erasure => {
  const { completedAt, answered, round } = state;
  const cleaned = serviceNames.flatMap((service) => {
    const answer = answered[service];
    return answer === undefined ? [] : [{ service, at: answer.at, records: answer.records }];
  });
  const updatedAt = [requestedAt, ...cleaned.map(({ at }) => at)].toSorted().at(-1) ?? requestedAt;
  const from = Date.parse(completedAt ?? updatedAt);
  return {
    id,
    status: completedAt === undefined ? 'pending' : 'done',
    requestedAt,
    ...(completedAt === undefined ? {} : { completedAt }),
    cleaned: round === 0 ? [] : cleaned,
    expires: lastTraces.map(([where, after]) => ({ where, by: new Date(from + after).toISOString() })),
    createdAt: requestedAt,
    updatedAt,
    version: 1,
  };
};
