import { randomBytes } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { busSource } from '#contracts/core/event.ts';
import { idPrefixes } from '#contracts/core/ids.ts';
import { InvalidTransaction } from './errors.ts';
import type { Draft } from './item.ts';
import { eventKey } from './keys.ts';
import type { EventDraft, OutboxEvent, Provenance } from './transaction.ts';

const daySeconds = 24 * 60 * 60;

/** The `kind` of an item that the relay puts on the bus. */
export const eventKind = 'event';

/** An event with the item that keeps it. */
export interface OutboxRecord {
  readonly event: OutboxEvent;
  readonly item: Draft<OutboxEvent>;
}

/** The keys of an item that is in those partitions under its own sort key. */
export const listedAt = (sk: string, { gsi1, gsi2, gsi3 }: NonNullable<EventDraft['lists']> = {}): Pick<Draft, 'indexes'> =>
  (gsi1 ?? gsi2 ?? gsi3) === undefined
    ? {}
    : {
        indexes: {
          ...(gsi1 === undefined ? {} : { gsi1: { pk: gsi1, sk } }),
          ...(gsi2 === undefined ? {} : { gsi2: { pk: gsi2, sk } }),
          ...(gsi3 === undefined ? {} : { gsi3: { pk: gsi3, sk } }),
        },
      };

/**
 * Events as they are kept and said. Their ids grow in the order of saying, so they are read back in it.
 *
 * @throws {InvalidTransaction} when an event's data breaks its contract: consumers would all refuse it.
 */
export const outboxRecords = (drafts: readonly EventDraft[], provenance: Provenance): OutboxRecord[] => {
  if (drafts.length === 0) return [];
  // The first ULID takes 16 random characters, one of 32 each; the following ones are its successors. (Unasked, the library makes 16 calls.)
  const random = randomBytes(16).values();
  const nextUlid = monotonicFactory(() => (random.next().value ?? 0) / 256);
  const at = Date.parse(provenance.now);
  return drafts.map((draft) => {
    const checked = draft.contract.data.safeParse(draft.data);
    if (!checked.success) {
      const where = checked.error.issues.map((issue) => `/${issue.path.join('/')} ${issue.code}`).join(', ');
      throw new InvalidTransaction(`${draft.contract.name} breaks its contract: ${where}`);
    }
    const eventId = `${idPrefixes.event}_${nextUlid(at)}`;
    const event: OutboxEvent = {
      source: busSource(provenance.service),
      detailType: draft.contract.name,
      detail: {
        metadata: {
          eventId,
          occurredAt: provenance.now,
          schemaVersion: draft.contract.schemaVersion,
          correlationId: provenance.correlationId,
          causationId: provenance.causationId,
          actor: provenance.actor,
          subject: draft.subject,
          sequence: draft.sequence,
        },
        data: draft.data,
      },
    };
    const key = eventKey(draft.collection, provenance.now, eventId);
    const expiry = draft.keptDays === undefined ? {} : { expiresAt: Math.floor(at / 1000) + draft.keptDays * daySeconds };
    return { event, item: { ...key, kind: eventKind, data: event, ...listedAt(key.sk, draft.lists), ...expiry } };
  });
};
