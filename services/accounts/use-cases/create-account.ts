import { AccountCreated } from '#contracts/events/accounts.ts';
import { created } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { newAccount } from '../domain/account.ts';
import { shownCounters } from '../domain/counters.ts';
import type { accounts } from '../service.ts';
import { accountEvent, accountUnchanged, createAccountRecord } from '../store/accounts.ts';
import { changeClaims } from '../store/claims.ts';
import { referencedFamily } from './referenced.ts';

/** Creates an account; its name and domain need not be unique. Refuses a parent that does not exist: 422. */
export const createAccount: Handler<(typeof accounts.routes)['createAccount']> = async (request, unit) => {
  const account = newAccount(unit.newId('account'), request.body, unit.now);
  const { parentAccountId } = account;
  const parent =
    parentAccountId === undefined ? [] : (await referencedFamily(unit.table, account.id, parentAccountId)).map(accountUnchanged);
  const claims = await changeClaims(unit.table, undefined, account);
  const resource = { ...account, ...shownCounters({}) };
  const answer = created(`/v1/accounts/${account.id}`, resource, { etag: etagOf({ version: account.version, derived: 1 }) });
  await unit.commit({
    writes: [createAccountRecord(account), ...claims, ...parent],
    events: [accountEvent(AccountCreated, account, 1)],
    answer,
  });
  return answer;
};
