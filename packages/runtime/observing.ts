/**
 * Powertools takes as long to load as all of our own code, and nothing of a request waits for it but its report. So it is loaded beside the
 * first request, while that waits for the table, rather than before it.
 */
let loading: Promise<typeof import('./observability.ts')> | undefined;

/** The function's log and metrics. */
export const observing = (): Promise<typeof import('./observability.ts')> => {
  loading ??= import('./observability.ts');
  return loading;
};
