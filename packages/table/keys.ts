import { createHash } from 'node:crypto';
import type { ServiceName } from '#contracts/core/event.ts';
import type { Key } from './item.ts';

/** Shards of a list index: 4,000 writes/s before a partition of the index throttles. */
export const listShards = 4;

/** Shards of a counter that many writers share. */
export const counterShards = 16;

// DynamoDB: a partition key has at most 2,048 bytes, a sort key 1,024.
const partBytes = 480;

/** `#` separates the parts of a key, so it is escaped inside one. An e-mail address may contain it. */
const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('#', '%23');

const fit = (part: string): string => {
  const escaped = escapePart(part);
  if (Buffer.byteLength(escaped) <= partBytes) return escaped;
  // Keys are only compared for equality here, so what is too long for one is told apart by its digest.
  return `%sha256:${createHash('sha256').update(part).digest('base64url')}`;
};

/**
 * A partition key: `partition('intake', 'lead', id)` is `intake#lead#<id>`. Any text makes a distinct, valid key: `#` is escaped, a part
 * longer than 480 bytes stands as its digest.
 *
 * @throws {TypeError} when a part is empty.
 */
export const partition = (owner: ServiceName, kind: string, ...parts: readonly string[]): string => {
  if (kind === '' || parts.includes('')) throw new TypeError(`a part of the key ${owner}#${kind} is empty`);
  return [owner, ...[kind, ...parts].map(fit)].join('#');
};

/**
 * Text as part of a sort key that is searched by prefix: escaped, and cut to at most `bytes` (200 unless told) of UTF-8. Case and accents
 * are the caller's to fold. A search for a longer prefix must be cut alike.
 */
export const sortable = (text: string, bytes = 200): string => {
  const escaped = escapePart(text);
  if (Buffer.byteLength(escaped) <= bytes) return escaped;
  let kept = '';
  let size = 0;
  for (const character of escaped) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
};

/** The shard of an id, 0 to `shards - 1`: FNV-1a, so it is the same everywhere and forever. */
export const shardOf = (id: string, shards: number = listShards): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  // The low bits of FNV of ids that differ at the end only are uneven; fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % shards;
};

/** The partition of one record in a sharded list or counter: `<base>#<shard>`. */
export const shardPartition = (base: string, id: string, shards: number = listShards): string => `${base}#${shardOf(id, shards)}`;

/** All partitions of a sharded list or counter, to be given to `table.list` or read with `table.getMany`. */
export const shardPartitions = (base: string, shards: number = listShards): string[] =>
  Array.from({ length: shards }, (_, shard) => `${base}#${shard}`);

/** Where an event is kept in its subject's item collection: in order of time, and of saying within one transaction. */
export const eventKey = (collection: string, occurredAt: string, eventId: string): Key => ({
  pk: collection,
  sk: `event#${occurredAt}#${eventId}`,
});

/** Prefix of the sort keys of a collection's events and timeline copies. */
export const eventPrefix = 'event#';

/** The mark that a service has handled an event. */
export const inboxKey = (service: ServiceName, eventId: string): Key => ({ pk: partition(service, 'inbox', eventId), sk: 'mark' });

/** The record of an answer given under an Idempotency-Key; `hash` is of its scope (caller, method, path, key). */
export const idempotencyKey = (service: ServiceName, hash: string): Key => ({ pk: partition(service, 'idempotency', hash), sk: 'answer' });

/**
 * The one prefix that no service owns. Each function that answers HTTP counts here what a caller uses, since a limit holds over all services;
 * nothing that anybody decides a record by lies here.
 */
export const usagePrefix = 'usage#';

/** What is counted of an API key: its `window` of requests, who may let some through unasked while it is `quiet`, and when it was used `last`. */
export const keyUsageKey = (keyId: string, what: 'window' | 'quiet' | 'last'): Key => ({ pk: `${usagePrefix}key#${keyId}`, sk: what });

/** The service that owns a partition. */
export const ownerOf = (pk: string): string => pk.slice(0, Math.max(pk.indexOf('#'), 0));
