import { AccountMerged } from '#contracts/events/accounts.ts';
import type { AccountState } from '#contracts/resources/account.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalidField, merged } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { mergedAccount } from '../domain/merge.ts';
import type { accounts } from '../service.ts';
import {
  accountEvent,
  accountUnchanged,
  endAccount,
  readAccount,
  readShownAccount,
  replaceAccount,
  type ShownAccount,
  type StoredAccount,
} from '../store/accounts.ts';
import { changeClaims } from '../store/claims.ts';
import { survivingAccount } from '../store/survivors.ts';
import { accountToChange } from './named.ts';

/** The account to be folded in; 409 when it was merged already, 422 when there is none. */
const sourceOf = async (table: Reader, sourceId: string): Promise<StoredAccount & ShownAccount> => {
  const source = await readShownAccount(table, sourceId);
  if (source !== undefined) return source;
  const survivor = await survivingAccount(table, sourceId);
  throw survivor === undefined ? invalidField('/sourceId', 'unknown_id', 'there is no such account') : merged(survivor);
};

const highest = 60;

/** All above an account, its parent first. */
const ancestorsOf = async (table: Reader, { parentAccountId }: AccountState): Promise<StoredAccount[]> => {
  const ancestors: StoredAccount[] = [];
  let above = parentAccountId;
  while (above !== undefined && ancestors.length < highest) {
    const standing: string | undefined = await survivingAccount(table, above);
    const next = standing === undefined ? undefined : await readAccount(table, standing);
    if (next === undefined) break;
    ancestors.push(next);
    above = next.account.parentAccountId;
  }
  return ancestors;
};

const has = (ancestors: readonly StoredAccount[], { id }: AccountState): boolean => ancestors.some(({ account }) => account.id === id);

/**
 * Where the survivor stands in the family: in the source's place when it stood below the source; where it was, or, at the top, below the
 * source's parent, unless that is below the survivor.
 */
const placeOf = async (
  table: Reader,
  target: AccountState,
  source: AccountState,
): Promise<{ readonly parentAccountId: string | undefined; readonly held: readonly StoredAccount[] }> => {
  const [ofTarget, ofSource] = [await ancestorsOf(table, target), await ancestorsOf(table, source)];
  const held = [...new Map([...ofTarget, ...ofSource].map((one) => [one.account.id, one])).values()].filter(
    ({ account: { id } }) => id !== target.id && id !== source.id,
  );
  if (has(ofTarget, source)) return { parentAccountId: source.parentAccountId, held };
  const parentAccountId = target.parentAccountId ?? (has(ofSource, target) ? undefined : source.parentAccountId);
  return { parentAccountId, held };
};

/**
 * Folds another account into this one: blanks are filled, nothing is overwritten, and what differs is told in the timeline, which both share
 * from now on, as they do their counters. Contacts, subsidiaries and deals follow by the event. The source stays claimed for: who is found
 * by its domain or name is found here. Of two merges into each other one is refused, and its answer names the survivor. Refuses an account
 * that is not there (404) or was merged (409), another version (412), itself and a source that does not exist (422), a source that was
 * merged (409).
 */
export const mergeAccount: Handler<(typeof accounts.routes)['mergeAccount']> = async (request, unit) => {
  const { sourceId } = request.body;
  const read = await accountToChange(unit.table, request.id);
  request.assertIfMatch(read.account.version);
  if (sourceId === request.id) throw invalidField('/sourceId', 'itself', 'an account cannot be merged into itself');
  const source = await sourceOf(unit.table, sourceId);

  const { parentAccountId, held } = await placeOf(unit.table, read.account, source.account);
  const { next: account, conflicts } = mergedAccount(read.account, source.account, parentAccountId, unit.now);
  const claims = await changeClaims(unit.table, read.account, account);
  const derived = read.rev + 1 + read.countersRev + source.rev + 1 + source.countersRev;
  const answer = ok(read.shows(account, source.numbers), { etag: etagOf({ version: account.version, derived }) });
  await unit.commit({
    writes: [
      replaceAccount(account, { ...read, mergedFrom: [...read.mergedFrom, sourceId, ...source.mergedFrom] }),
      endAccount(source, { reason: 'merged', into: account.id, at: unit.now }),
      ...claims,
      ...held.map(accountUnchanged),
    ],
    events: [accountEvent(AccountMerged, account, read.sequence + 1, { sourceId, conflicts })],
    answer,
  });
  return answer;
};
