import type { dealActivityRoutes } from '#contracts/routes/deal-activity.ts';
import { noContent } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { deletionEffect } from '../store/deals.ts';
import { dealToChange } from './change-deal.ts';

/** Deletes a deal, whatever its state: it leaves every counter, and its account is told. @throws {Problem} 404, 412. */
export const deleteDeal: Handler<(typeof dealActivityRoutes)['deleteDeal']> = async (request, unit) => {
  const { before } = await dealToChange(request, unit);
  await unit.commit(deletionEffect(before, unit.now));
  return noContent();
};
