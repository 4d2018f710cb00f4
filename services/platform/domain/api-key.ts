import { defined } from '#contracts/core/json.ts';
import type { ApiKey, ApiKeyInput } from '#contracts/resources/platform.ts';

/** A secret that opens for a key: its keyed hash, and until when if it was replaced. */
export interface Lock {
  readonly hash: string;
  /** RFC 3339; absent for the present secret, which lasts as long as the key. */
  readonly until?: string | undefined;
}

/** What platform keeps of an API key; the present lock first. */
export interface ApiKeyState {
  readonly key: ApiKey;
  readonly locks: readonly Lock[];
}

export const newApiKey = (id: string, input: ApiKeyInput, hash: string, now: string): ApiKeyState => ({
  key: defined({ id, ...input, createdAt: now, updatedAt: now, version: 1 }),
  locks: [{ hash }],
});

const earlier = (a: string, b: string | undefined): string => (b !== undefined && b < a ? b : a);

/**
 * The key with a new secret. The present one stays valid for the overlap, at most as long as the key; one that was replaced before ends now:
 * two are alive at a time.
 */
export const rotated = ({ key, locks }: ApiKeyState, hash: string, overlapSeconds: number, now: string): ApiKeyState => {
  const until = earlier(new Date(Date.parse(now) + overlapSeconds * 1000).toISOString(), key.expiresAt);
  const former = overlapSeconds > 0 ? locks.slice(0, 1).map((lock) => ({ hash: lock.hash, until })) : [];
  return { key: { ...key, updatedAt: now, version: key.version + 1 }, locks: [{ hash }, ...former] };
};
