import { AccountUpdated } from '#contracts/events/accounts.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { changedAccount, writableAccount } from '../domain/account.ts';
import { changedFields } from '../domain/blanks.ts';
import type { accounts } from '../service.ts';
import { accountEvent, accountUnchanged, replaceAccount } from '../store/accounts.ts';
import { changeClaims } from '../store/claims.ts';
import { accountToChange } from './named.ts';
import { referencedFamily } from './referenced.ts';

/**
 * Changes fields of an account; a patch that changes nothing writes nothing. Refuses one that is not there (404) or was merged (409), another version (412),
 * and a parent that does not exist or stands below it (422).
 */
export const updateAccount: Handler<(typeof accounts.routes)['updateAccount']> = async (request, unit) => {
  const read = await accountToChange(unit.table, request.id);
  const present = read.account;
  request.assertIfMatch(present.version);
  const input = request.merge(writableAccount(present));
  const changed = changedFields(writableAccount(present), input);
  const derived = read.rev + read.countersRev;
  if (changed.length === 0) return ok(read.resource, { etag: etagOf({ version: present.version, derived }) });

  const account = changedAccount(present, input, unit.now);
  const { parentAccountId } = account;
  const parent =
    parentAccountId === undefined || !changed.includes('parentAccountId')
      ? []
      : (await referencedFamily(unit.table, account.id, parentAccountId)).map(accountUnchanged);
  const claims = await changeClaims(unit.table, present, account);
  const answer = ok(read.shows(account), { etag: etagOf({ version: account.version, derived: derived + 1 }) });
  await unit.commit({
    writes: [replaceAccount(account, read), ...claims, ...parent],
    events: [accountEvent(AccountUpdated, account, read.sequence + 1, { changed })],
    answer,
  });
  return answer;
};
