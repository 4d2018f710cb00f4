import { AccountDeleted } from '#contracts/events/accounts.ts';
import { noContent } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { conflict } from '#runtime/problem.ts';
import type { accounts } from '../service.ts';
import { accountEvent, countersUnchanged, endAccount } from '../store/accounts.ts';
import { changeClaims } from '../store/claims.ts';
import { accountToChange } from './named.ts';

/**
 * Deletes an account. One with contacts or deals is refused (409), unless `cascade=detach`: then they stay without an account, which
 * follows from the event, as does the parting of its subsidiaries. Refuses one that is not there (404) or was merged (409), and another
 * version (412).
 */
export const deleteAccount: Handler<(typeof accounts.routes)['deleteAccount']> = async (request, unit) => {
  const read = await accountToChange(unit.table, request.id);
  const { account } = read;
  request.assertIfMatch(account.version);
  const detached = request.query.cascade === 'detach';
  const { contacts = 0, deals = 0 } = read.numbers;
  if (!detached && (contacts > 0 || deals > 0)) {
    throw conflict('in-use', 'The account has contacts or deals; with ?cascade=detach they stay without it.', { contacts, deals });
  }
  await unit.commit({
    writes: [
      endAccount(read, { reason: 'deleted', at: unit.now }),
      // Whoever joins the account meanwhile holds it to being there, and counts; either comes first.
      ...(detached ? [] : [countersUnchanged(account.id, read.ownCountersRev)]),
      ...(await changeClaims(unit.table, account, undefined)),
    ],
    events: [accountEvent(AccountDeleted, account, read.sequence + 1, { detached })],
  });
  return noContent();
};
