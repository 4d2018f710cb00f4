import type { RateLimit } from '#runtime/rate-limit.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';
import { digestOf } from '../domain/canonical.ts';
import { lease, type RateWindow, secondsLeft, windowMilliseconds } from '../domain/rate-window.ts';

/** What a submission is allowed by: a token in memory, or a lease to be written with it. */
export type Permit =
  | {
      readonly kind: 'granted';
      readonly writes: readonly Write[];
      /** How the sender stands when this submission is taken in; undefined without a limit. */
      readonly limit: RateLimit | undefined;
      /** The submission was taken in, and the writes are done. */
      readonly use: () => void;
      /** It was not: it doesn't count. */
      readonly giveBack: () => void;
    }
  | { readonly kind: 'refused'; readonly limit: RateLimit };

const nothing = (): void => undefined;
const unlimited: Permit = { kind: 'granted', writes: [], limit: undefined, use: nothing, giveBack: nothing };

/** Limits submissions of a form by source address, over all function instances; most of them without a call. */
export interface RateLimiter {
  permit(table: Reader, formId: string, address: string, limit: number): Promise<Permit>;
}

/** Tokens leased by this instance and not used yet, for the window they belong to. */
interface Held {
  readonly startedAt: number;
  tokens: number;
  /** What the window had left, these tokens apart, when it was last read. */
  left: number;
}

const mostHeld = 10_000;

export const rateLimiter = (now: () => number): RateLimiter => {
  const held = new Map<string, Held>();
  const standing = (limit: number, remaining: number, resetSeconds: number): RateLimit => ({
    policy: 'form',
    limit,
    windowSeconds: windowMilliseconds / 1_000,
    remaining: Math.max(0, remaining),
    resetSeconds,
  });
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
        const stands = standing(limit, mine.left + mine.tokens, secondsLeft(mine.startedAt, now()));
        return { kind: 'granted', writes: [], limit: stands, use: nothing, giveBack };
      }
      const found = await table.get<RateWindow>(key);
      const leased = lease(found?.data, limit, now());
      if (leased.kind === 'exhausted') return { kind: 'refused', limit: standing(limit, 0, leased.secondsLeft) };
      const { window, tokens } = leased;
      const left = limit - window.taken;
      const item = {
        ...key,
        kind: 'rate-window',
        data: { ...window },
        expiresAt: Math.ceil((window.startedAt + windowMilliseconds) / 1000),
      };
      return {
        kind: 'granted',
        writes: [found === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: found.rev }],
        limit: standing(limit, left + tokens - 1, secondsLeft(window.startedAt, now())),
        giveBack: nothing,
        use: () => {
          if (held.size >= mostHeld) held.clear();
          const before = held.get(key.pk);
          const unused = before?.startedAt === window.startedAt ? before.tokens : 0;
          held.set(key.pk, { startedAt: window.startedAt, tokens: unused + tokens - 1, left });
        },
      };
    },
  };
};
