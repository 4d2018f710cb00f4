import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { digestOf } from '../domain/canonical.ts';
import { lease, type RateWindow, windowMilliseconds } from '../domain/rate-window.ts';

/** What a submission is allowed by: a token in memory, or a lease to be written with it. */
export type Permit =
  | {
      readonly kind: 'granted';
      readonly writes: readonly Write[];
      /** The submission was taken in, and the writes are done. */
      readonly use: () => void;
      /** It was not: it doesn't count. */
      readonly giveBack: () => void;
    }
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number };

const nothing = (): void => undefined;
const unlimited: Permit = { kind: 'granted', writes: [], use: nothing, giveBack: nothing };

/** Limits submissions of a form by source address, over all function instances; most of them without a call. */
export interface RateLimiter {
  permit(table: Reader, formId: string, address: string, limit: number): Promise<Permit>;
}

const mostHeld = 10_000;

export const rateLimiter = (now: () => number): RateLimiter => {
  // Tokens leased by this instance and not used yet, by key, for the window they belong to.
  const held = new Map<string, { readonly startedAt: number; tokens: number }>();
  return {
    permit: async (table, formId, address, limit) => {
      if (limit === 0) return unlimited;
      const key = { pk: partition('intake', 'rate', formId, digestOf(formId, address)), sk: 'window' };
      const mine = held.get(key.pk);
      if (mine !== undefined && mine.tokens > 0 && now() < mine.startedAt + windowMilliseconds) {
        mine.tokens -= 1;
        const giveBack = () => {
          mine.tokens += 1;
        };
        return { kind: 'granted', writes: [], use: nothing, giveBack };
      }
      const standing = await table.get<RateWindow>(key);
      const leased = lease(standing?.data, limit, now());
      if (leased.kind === 'exhausted') return { kind: 'refused', retryAfterSeconds: leased.retryAfterSeconds };
      const { window, tokens } = leased;
      const item = {
        ...key,
        kind: 'rate-window',
        data: { ...window },
        expiresAt: Math.ceil((window.startedAt + windowMilliseconds) / 1000),
      };
      return {
        kind: 'granted',
        writes: [standing === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: standing.rev }],
        giveBack: nothing,
        use: () => {
          if (held.size >= mostHeld) held.clear();
          const before = held.get(key.pk);
          const left = before?.startedAt === window.startedAt ? before.tokens : 0;
          held.set(key.pk, { startedAt: window.startedAt, tokens: left + tokens - 1 });
        },
      };
    },
  };
};
