import { keyUsageKey } from '#table/keys.ts';
import type { Edge } from './edge.ts';
import { faultOf } from './fault.ts';
import { observing } from './observing.ts';
import type { RateLimit } from './rate-limit.ts';

/** A key's `requestsPerSecond` is held in windows of a second, from the first request on. */
const windowMilliseconds = 1_000;
/** How long an instance may let requests through unasked before it asks whether it still may. */
const quietMilliseconds = 10_000;
const mostBuckets = 1_000;

/** What this instance holds of a key's limit. Times are epoch milliseconds. */
interface Bucket {
  windowEnds: number;
  /** Leased, not used yet, good until the window ends. */
  tokens: number;
  /** What the window had left when it was last asked. */
  left: number;
  quietEnds: number;
  /** Requests of a second that may go unasked while it is quiet, and those of them left in the second that ends then. */
  unasked: number;
  unaskedLeft: number;
  secondEnds: number;
}

export interface Admission {
  readonly admitted: boolean;
  readonly limit: RateLimit;
}

export interface KeyLimit {
  /** Takes one request of `limit` a second for a key, over all functions and their instances. */
  admit(keyId: string, limit: number): Promise<Admission>;
}

/** A twentieth of the limit is what one instance may let through unasked, a quarter what all may together. */
const quietShare = (limit: number) => {
  const requests = Math.max(1, Math.floor(limit / 20));
  return { requests, instances: Math.floor(limit / 4 / requests) };
};

/**
 * Limits requests by key. Tokens lie in memory; they are leased from the key's window in the table, a fifth of what it has left at a time, single
 * ones at first and towards the end, so that what instances hold unused hardly counts. Never more than the limit is leased in a window. Once the
 * window is known to be used up, refusing costs nothing.
 *
 * A caller at leisure would cost a lease for each request, as each begins a window. So an instance that found the window before half full at most may let
 * a few requests a second through unasked for ten seconds. The table counts who may: all of them together a quarter of the limit. That is by how much
 * it can be exceeded, in the seconds after a quiet one, whatever the number of instances. Two windows may meet within one second.
 *
 * A table that does not answer limits nobody: this instance then gives a tenth of the limit for that window.
 */
export const keyLimit = (edge: Edge): KeyLimit => {
  const buckets = new Map<string, Bucket>();

  const bucketOf = (keyId: string): Bucket => {
    const standing = buckets.get(keyId);
    if (standing !== undefined) return standing;
    if (buckets.size >= mostBuckets) buckets.clear();
    const made = { windowEnds: 0, tokens: 0, left: 0, quietEnds: 0, unasked: 0, unaskedLeft: 0, secondEnds: 0 };
    buckets.set(keyId, made);
    return made;
  };

  const leaseTokens = async (bucket: Bucket, keyId: string, limit: number, at: number): Promise<void> => {
    const amount = at < bucket.windowEnds ? Math.max(1, Math.floor(bucket.left / 5)) : 1;
    const take = { key: keyUsageKey(keyId, 'window'), amount, at, milliseconds: windowMilliseconds };
    const { startedAt, taken } = await edge.table.takeFromWindow(take);
    const windowEnds = startedAt + windowMilliseconds;
    if (windowEnds !== bucket.windowEnds) bucket.tokens = 0;
    bucket.windowEnds = windowEnds;
    bucket.left = Math.max(0, limit - taken);
    bucket.tokens += Math.min(amount, Math.max(0, limit - (taken - amount)));
  };

  const askForQuiet = async (bucket: Bucket, keyId: string, limit: number, at: number): Promise<void> => {
    const { requests, instances } = quietShare(limit);
    if (instances === 0) return;
    const take = { key: keyUsageKey(keyId, 'quiet'), amount: 1, at, milliseconds: quietMilliseconds };
    const { startedAt, taken } = await edge.table.takeFromWindow(take);
    bucket.quietEnds = startedAt + quietMilliseconds;
    bucket.unasked = taken <= instances ? requests : 0;
    // This second's are asked for already.
    bucket.unaskedLeft = 0;
    bucket.secondEnds = at + windowMilliseconds;
  };

  const lease = async (bucket: Bucket, keyId: string, limit: number, at: number): Promise<void> => {
    const isQuiet = at >= bucket.windowEnds && at >= bucket.quietEnds && bucket.left >= limit / 2;
    try {
      await Promise.all([leaseTokens(bucket, keyId, limit, at), isQuiet && askForQuiet(bucket, keyId, limit, at)]);
    } catch (error) {
      const { logger } = await observing();
      logger.warn('limit not asked', { keyId, error: faultOf(error) });
      bucket.windowEnds = at + windowMilliseconds;
      bucket.tokens = Math.max(1, Math.floor(limit / 10));
      bucket.left = 0;
    }
  };

  return {
    admit: async (keyId, limit) => {
      // What is leased counts as of the moment it was asked for, however long the table took.
      const at = edge.now();
      const bucket = bucketOf(keyId);
      let admitted = takeHeld(bucket, at);
      const usedUp = at < bucket.windowEnds && bucket.left <= 0;
      if (!admitted && !usedUp) {
        await lease(bucket, keyId, limit, at);
        admitted = takeHeld(bucket, at);
      }
      const remaining = at < bucket.windowEnds ? Math.min(limit, bucket.left + bucket.tokens) : limit - 1;
      return {
        admitted,
        limit: { policy: 'key', limit, windowSeconds: 1, remaining: admitted ? remaining : 0, resetSeconds: 1 },
      };
    },
  };
};

/** Takes one request of what this instance has; false when it has none. */
const takeHeld = (bucket: Bucket, at: number): boolean => {
  if (at < bucket.windowEnds && bucket.tokens > 0) {
    bucket.tokens -= 1;
    return true;
  }
  if (at >= bucket.quietEnds) return false;
  if (at >= bucket.secondEnds) {
    bucket.secondEnds = at + windowMilliseconds;
    bucket.unaskedLeft = bucket.unasked;
  }
  if (bucket.unaskedLeft === 0) return false;
  bucket.unaskedLeft -= 1;
  return true;
};
