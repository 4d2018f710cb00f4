/** Submissions of one source address to one form: 60 seconds from the first. */
export interface RateWindow {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Tokens that function instances have taken, used or not. */
  readonly taken: number;
}

export const windowMilliseconds = 60_000;

export type Lease =
  /** The window to write, and how many tokens it gives. */
  | { readonly kind: 'leased'; readonly window: RateWindow; readonly tokens: number }
  | { readonly kind: 'exhausted'; readonly secondsLeft: number };

/**
 * Tokens for one function instance: a tenth of what is left, so that no write per request is needed, and single ones towards the end and
 * for limits up to 60, so that what instances hold unused hardly counts. Never more than the limit is given out.
 */
export const lease = (before: RateWindow | undefined, limit: number, now: number): Lease => {
  const running = before !== undefined && now < before.startedAt + windowMilliseconds;
  const window = running ? before : { startedAt: now, taken: 0 };
  const left = limit - window.taken;
  if (left <= 0) return { kind: 'exhausted', secondsLeft: secondsLeft(window.startedAt, now) };
  const tokens = limit <= 60 ? 1 : Math.max(1, Math.floor(left / 10));
  return { kind: 'leased', window: { ...window, taken: window.taken + tokens }, tokens };
};

/** Whole seconds until the window ends, at least 1. */
export const secondsLeft = (startedAt: number, now: number): number =>
  Math.max(1, Math.ceil((startedAt + windowMilliseconds - now) / 1000));
