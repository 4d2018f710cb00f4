import type { Billing } from '#contracts/resources/billing.ts';
import type { quoteRoutes } from '#contracts/routes/quotes.ts';
import { type Answer, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalidField } from '#runtime/problem.ts';
import { pngFault } from '../domain/png.ts';
import { billingWrites, currentBilling, readBilling, readBillingAt } from '../store/billing.ts';

type Routes = typeof quoteRoutes;

const billingAnswer = (billing: Billing): Answer => ok(billing, { etag: etagOf({ version: billing.version }) });

/** Who sends documents; version 0 while nobody has said so. */
export const getBilling: Handler<Routes['getBilling']> = async (_request, unit) => billingAnswer(await readBilling(unit.table));

/** Replaces all of it. @throws {Problem} 412; 422 for a logo that is not a PNG, or too large. */
export const replaceBilling: Handler<Routes['replaceBilling']> = async (request, unit) => {
  const { version, rev } = await currentBilling(unit.table);
  request.assertIfMatch(version);
  const { logo } = request.body;
  const fault = logo === undefined ? undefined : pngFault(logo);
  if (fault !== undefined) throw invalidField('/logo', fault.code, fault.detail);
  const { createdAt = unit.now } = await readBillingAt(unit.table, version);
  const billing: Billing = { ...request.body, createdAt, updatedAt: unit.now, version: version + 1 };
  await unit.commit({ writes: billingWrites(billing, rev) });
  return billingAnswer(billing);
};
