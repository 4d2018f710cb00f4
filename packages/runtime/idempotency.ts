import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { ServiceName } from '#contracts/core/event.ts';
import type { Draft, Item } from '#table/item.ts';
import { idempotencyKey } from '#table/keys.ts';
import type { Answer } from './answer.ts';
import { keyReused, malformed } from './problem.ts';

/** Seconds an answer is replayed. */
const keptSeconds = 24 * 60 * 60;

const digest = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64url');

/** One use of an Idempotency-Key: where its answer is kept, and what the body was. */
export interface IdempotentUse {
  readonly hash: string;
  readonly bodyHash: string;
}

/**
 * The use of a key, if the request has one.
 *
 * @throws {Problem} 400 for a key that is empty or longer than 255 characters.
 */
export const idempotentUse = (
  key: string | undefined,
  scope: { readonly caller: string; readonly method: string; readonly path: string; readonly query: string },
  body: Uint8Array,
): IdempotentUse | undefined => {
  if (key === undefined) return undefined;
  if (key.length < 1 || key.length > 255) throw malformed('invalid-idempotency-key', 'Idempotency-Key must have 1 to 255 characters.');
  return { hash: digest(JSON.stringify([scope.caller, scope.method, scope.path, scope.query, key])), bodyHash: digest(body) };
};

const StoredAnswer = z.object({
  bodyHash: z.string(),
  status: z.int(),
  /** JSON text, so that it is replayed byte for byte and costs the table no nesting. */
  body: z.optional(z.string()),
  contentType: z.optional(z.string()),
  headers: z.record(z.string(), z.string()),
  etag: z.optional(z.string()),
});
type StoredAnswer = z.infer<typeof StoredAnswer>;

/** The item that keeps an answer for replay, without its secrets. */
export const answerRecord = (service: ServiceName, use: IdempotentUse, answer: Answer, now: number): Draft<StoredAnswer> => {
  const body = answer.replayBody ?? answer.body;
  return {
    ...idempotencyKey(service, use.hash),
    kind: 'idempotency',
    expiresAt: Math.floor(now / 1000) + keptSeconds,
    data: {
      bodyHash: use.bodyHash,
      status: answer.status,
      headers: answer.headers ?? {},
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(answer.contentType === undefined ? {} : { contentType: answer.contentType }),
      ...(answer.etag === undefined ? {} : { etag: answer.etag }),
    },
  };
};

/**
 * The answer given before.
 *
 * @throws {Problem} 422 when the body was another.
 */
export const replayOf = (item: Item, use: IdempotentUse): Answer => {
  const stored = z.parse(StoredAnswer, item.data);
  if (stored.bodyHash !== use.bodyHash) throw keyReused();
  return {
    status: stored.status,
    ...(stored.body === undefined ? {} : { body: JSON.parse(stored.body) }),
    ...(stored.contentType === undefined ? {} : { contentType: stored.contentType }),
    ...(stored.etag === undefined ? {} : { etag: stored.etag }),
    headers: { ...stored.headers, 'idempotency-replayed': 'true' },
  };
};
