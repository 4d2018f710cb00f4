/** A limit as it stands for a caller: `limit` in each window of `windowSeconds`. */
export interface RateLimit {
  /** The policy's name: what the limit is held against. */
  readonly policy: 'key' | 'form';
  readonly limit: number;
  readonly windowSeconds: number;
  /** How many more this window takes, as far as is known without asking. */
  readonly remaining: number;
  /** Whole seconds until the window ends. */
  readonly resetSeconds: number;
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10 and -11): structured lists of one item, the policy's name, with quota and
 * window, and with what remains of it and for how long.
 */
export const rateLimitHeaders = ({ policy, limit, windowSeconds, remaining, resetSeconds }: RateLimit): Record<string, string> => ({
  'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
  ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
});
