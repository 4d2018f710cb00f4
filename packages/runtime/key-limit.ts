import { keyUsageKey } from '#table/keys.ts';
import type { Edge } from './edge.ts';
import { observing } from './observing.ts';
import type { RateLimit } from './rate-limit.ts';

/** A key's `requestsPerSecond` is held in windows of a second, from the first request on. */
const windowMilliseconds = 1_000;
/** How long tokens that an instance keeps for quiet times are good. */
const keptMilliseconds = 10_000;
const mostBuckets = 1_000;

/** What this instance holds of a key's limit. */
interface Bucket {
  windowEnds: number;
  /** Leased, not used yet, good until the window ends. */
  tokens: number;
  /** What the window had left when it was last asked. */
  left: number;
  /** Leased and paid for in a window before, good until `keptUntil`: so a caller at leisure costs no write for each request. */
  kept: number;
  keptUntil: number;
}

export interface Admission {
  readonly admitted: boolean;
  readonly limit: RateLimit;
}

export interface KeyLimit {
  /** Takes one request of `limit` a second for a key, over all functions and their instances. */
  admit(keyId: string, limit: number): Promise<Admission>;
}

/**
 * Limits requests by key. Tokens lie in memory; they are leased from the key's window in the table, a fifth of what it has left at a time, single
 * ones at first and towards the end, so that what instances hold unused hardly counts. Once the window is known to be used up, refusing costs
 * nothing.
 *
 * Never more than the limit is leased in a window. Who opens a window may keep a twentieth of the limit for ten seconds: as at most ten windows
 * begin in that time, a window sees at most 1.5 times the limit, whatever the number of instances, and in the long run never more than it, as each
 * token is paid for in its window. Two windows may meet within one second.
 *
 * A table that does not answer limits nobody: this instance then gives a tenth of the limit for that window, unasked.
 */
export const keyLimit = (edge: Edge): KeyLimit => {
  const buckets = new Map<string, Bucket>();

  const bucketOf = (keyId: string): Bucket => {
    const standing = buckets.get(keyId);
    if (standing !== undefined) return standing;
    if (buckets.size >= mostBuckets) buckets.clear();
    const made = { windowEnds: 0, tokens: 0, left: 0, kept: 0, keptUntil: 0 };
    buckets.set(keyId, made);
    return made;
  };

  const lease = async (bucket: Bucket, keyId: string, limit: number, at: number): Promise<void> => {
    const toKeep = Math.floor(limit / 20);
    const amount = at < bucket.windowEnds ? Math.max(1, Math.floor(bucket.left / 5)) : 1 + toKeep;
    const key = keyUsageKey(keyId, 'window');
    const { startedAt, taken, opened } = await edge.table.takeFromWindow({ key, amount, at, milliseconds: windowMilliseconds });
    const granted = Math.min(amount, Math.max(0, limit - (taken - amount)));
    const windowEnds = startedAt + windowMilliseconds;
    if (windowEnds !== bucket.windowEnds) bucket.tokens = 0;
    bucket.windowEnds = windowEnds;
    bucket.left = Math.max(0, limit - taken);
    if (opened) {
      bucket.tokens += granted - toKeep;
      bucket.kept = toKeep;
      bucket.keptUntil = at + keptMilliseconds;
    } else bucket.tokens += granted;
  };

  const leaseOrGuess = async (bucket: Bucket, keyId: string, limit: number, at: number): Promise<void> => {
    try {
      await lease(bucket, keyId, limit, at);
    } catch (error) {
      const { logger } = await observing();
      logger.warn('limit not asked', { keyId, ...(error instanceof Error ? { error } : {}) });
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
        await leaseOrGuess(bucket, keyId, limit, at);
        admitted = takeHeld(bucket, at);
      }
      const remaining = at < bucket.windowEnds ? Math.min(limit, bucket.left + bucket.tokens + bucket.kept) : limit;
      return {
        admitted,
        limit: { policy: 'key', limit, windowSeconds: 1, remaining: admitted ? remaining : 0, resetSeconds: 1 },
      };
    },
  };
};

/** Takes one token of those held; false when there is none. */
const takeHeld = (bucket: Bucket, at: number): boolean => {
  if (at < bucket.windowEnds && bucket.tokens > 0) bucket.tokens -= 1;
  else if (at < bucket.keptUntil && bucket.kept > 0) bucket.kept -= 1;
  else return false;
  return true;
};
