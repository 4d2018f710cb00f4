import { isDeepStrictEqual } from 'node:util';
import type { Redact } from '#contracts/core/redaction.ts';
import { type Cleaning, cleanItems, cleanOnce, rewritten } from '#runtime/erasure.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { redactedData } from '../domain/anonymous-line.ts';
import { anonymousAccount, isThePerson, withoutPerson } from '../domain/person.ts';
import { readShownAccount, replaceAccount } from '../store/accounts.ts';
import { survivingAccount } from '../store/survivors.ts';
import { accountRanges, Said } from '../store/timeline.ts';
import { interactionWrites } from './clean-interaction.ts';

/**
 * Takes an erased person out of an account it was with: an account that is the person loses all that tells who it was, a company's its
 * addresses and numbers; in either's timeline nothing names it any more.
 */
export const cleanAccount = async (
  unit: UnitOfWork,
  cleaning: Cleaning,
  accountId: string,
  { ids: personIds, redact }: { readonly ids: ReadonlySet<string>; readonly redact: Redact },
): Promise<void> => {
  let ids: readonly string[] = [accountId];
  let isPerson = false;
  await cleanOnce(unit, cleaning, async ({ table }) => {
    const survivor = await survivingAccount(table, accountId);
    const read = survivor === undefined ? undefined : await readShownAccount(table, survivor);
    if (read === undefined) return { cleans: [] };
    const { account, mergedFrom } = read;
    ids = [account.id, ...mergedFrom];
    isPerson = isThePerson(account, redact, read.resource.contactCount);
    const next = isPerson ? anonymousAccount(account) : withoutPerson(account, redact);
    return { cleans: isDeepStrictEqual(next, account) ? [] : [replaceAccount(next, read)] };
  });
  for (const id of ids) {
    for (const range of accountRanges(id)) {
      await cleanItems(unit, cleaning, range, async (line, table) => {
        const said = Said.parse(line.data);
        const data = { ...said, detail: { ...said.detail, data: redactedData(said.detail.data, redact, isPerson) } };
        return [...rewritten(line, data), ...(await interactionWrites(table, line, personIds, redact))];
      });
    }
  }
};
