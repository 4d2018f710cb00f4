import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { accounts } from '../service.ts';
import { readShownAccount } from '../store/accounts.ts';
import { accountElsewhere } from './named.ts';

/** An account with its counters, 301 to the survivor of a merged one. Refuses one that is not there: 404. */
export const getAccount: Handler<(typeof accounts.routes)['getAccount']> = async (request, unit) => {
  const found = await readShownAccount(unit.table, request.id);
  if (found === undefined) return accountElsewhere(unit.table, request.id);
  return ok(found.resource, { etag: etagOf({ version: found.account.version, derived: found.rev + found.countersRev }) });
};
