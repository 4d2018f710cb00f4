import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import type { ServiceName } from '#contracts/core/event.ts';
import { idempotencyHours } from '#contracts/core/retention.ts';
import type { Draft, Item } from '#table/item.ts';
import { idempotencyKey } from '#table/keys.ts';
import type { Answer } from './answer.ts';
import { keyReused, malformed } from './problem.ts';

/** Seconds an answer is replayed. */
const keptSeconds = idempotencyHours * 60 * 60;

/** One use of an Idempotency-Key: where its answer is kept, what the body was, and what the answer is sealed under. */
export interface IdempotentUse {
  readonly hash: string;
  readonly bodyHash: string;
  readonly sealing: Uint8Array;
}

/**
 * The use of a key, if the request has one.
 *
 * @throws {Problem} 400 for a key that is empty or longer than 255 characters.
 */
export const idempotentUse = (
  key: string,
  scope: { readonly caller: string; readonly method: string; readonly path: string; readonly query: string },
  body: Uint8Array,
  signingSecret: string,
): IdempotentUse => {
  if (key.length < 1 || key.length > 255) throw malformed('invalid-idempotency-key', 'Idempotency-Key must have 1 to 255 characters.');
  const use = JSON.stringify([scope.caller, scope.method, scope.path, scope.query, key]);
  const keyed = () => createHmac('sha256', signingSecret);
  return {
    hash: createHash('sha256').update(use).digest('base64url'),
    bodyHash: keyed().update(body).digest('base64url'),
    sealing: keyed().update('answer').update(use).digest(),
  };
};

const Kept = z.object({
  status: z.int(),
  /** JSON text, so that it is replayed byte for byte. */
  body: z.optional(z.string()),
  contentType: z.optional(z.string()),
  headers: z.record(z.string(), z.string()),
  etag: z.optional(z.string()),
});
type Kept = z.infer<typeof Kept>;

/**
 * An answer may hold a person's data, and nobody could find it by the person. So it lies sealed under what the table does not have, the
 * caller's Idempotency-Key: it can be replayed to whoever brings that, and read by nobody else, until it expires.
 */
const StoredAnswer = z.object({ bodyHash: z.string(), sealed: z.string() });
type StoredAnswer = z.infer<typeof StoredAnswer>;

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

const seal = (kept: Kept, sealing: Uint8Array): string => {
  const nonce = randomBytes(nonceBytes);
  const sealer = createCipheriv(cipher, sealing, nonce);
  const text = Buffer.concat([sealer.update(deflateRawSync(JSON.stringify(kept))), sealer.final()]);
  return Buffer.concat([nonce, sealer.getAuthTag(), text]).toString('base64');
};

const unseal = (sealed: string, sealing: Uint8Array): Kept => {
  const bytes = Buffer.from(sealed, 'base64');
  const opener = createDecipheriv(cipher, sealing, bytes.subarray(0, nonceBytes));
  opener.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const text = Buffer.concat([opener.update(bytes.subarray(nonceBytes + tagBytes)), opener.final()]);
  return z.parse(Kept, JSON.parse(inflateRawSync(text).toString()));
};

/** The item that keeps an answer for replay, without its secrets. */
export const answerRecord = (service: ServiceName, use: IdempotentUse, answer: Answer, now: number): Draft<StoredAnswer> => {
  const body = answer.replayBody ?? answer.body;
  const kept: Kept = {
    status: answer.status,
    headers: answer.headers ?? {},
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(answer.contentType === undefined ? {} : { contentType: answer.contentType }),
    ...(answer.etag === undefined ? {} : { etag: answer.etag }),
  };
  return {
    ...idempotencyKey(service, use.hash),
    kind: 'idempotency',
    expiresAt: Math.floor(now / 1000) + keptSeconds,
    data: { bodyHash: use.bodyHash, sealed: seal(kept, use.sealing) },
  };
};

/**
 * The answer given before.
 *
 * @throws {Problem} 422 when the body was another.
 */
export const replayOf = (item: Item, use: IdempotentUse): Answer => {
  const { bodyHash, sealed } = z.parse(StoredAnswer, item.data);
  if (bodyHash !== use.bodyHash) throw keyReused();
  const stored = unseal(sealed, use.sealing);
  return {
    status: stored.status,
    ...(stored.body === undefined ? {} : { body: JSON.parse(stored.body) }),
    ...(stored.contentType === undefined ? {} : { contentType: stored.contentType }),
    ...(stored.etag === undefined ? {} : { etag: stored.etag }),
    headers: { ...stored.headers, 'idempotency-replayed': 'true' },
  };
};
