import type { platformRoutes } from '#contracts/routes/platform.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';

/** That this function serves, and which version it is. */
export const getHealth =
  (version: string): Handler<(typeof platformRoutes)['getHealth']> =>
  async () =>
    ok({ status: 'ok', version });
