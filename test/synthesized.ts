import { fileURLToPath } from 'node:url';
import { synthesize } from '#local/synthesize.ts';

/** Synthesizes the app once, so that the products which tests start find it made. */
export const setup = async (): Promise<void> => {
  await synthesize(fileURLToPath(new URL('..', import.meta.url)), 'local');
};
