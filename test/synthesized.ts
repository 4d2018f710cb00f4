import { synthesizeLocal } from '#local/synthesize.ts';

/** Synthesizes the app once, so that the products which tests start find it made. */
export const setup = async (): Promise<void> => {
  await synthesizeLocal();
};
