import { isDeepStrictEqual } from 'node:util';
import type { Redact } from '#contracts/core/redaction.ts';
import { type Cleaning, cleanItems, cleanOnce, rewritten } from '#runtime/erasure.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { anonymousAccountData, redactedData } from '../domain/anonymous-line.ts';
import { anonymousAccount, isThePerson, withoutMention, withoutPerson } from '../domain/person.ts';
import { readShownAccount, replaceAccount } from '../store/accounts.ts';
import { accountContactsPartition, replaceContact, storedContact } from '../store/contacts.ts';
import { survivingAccount } from '../store/survivors.ts';
import { accountRanges, contactRange, Said } from '../store/timeline.ts';
import { type IsTheirs, interactionWrites, names } from './clean-interaction.ts';

/** Who is looked for: ids of the person's records, and how to take out what tells who it was. */
export interface Sought {
  readonly ids: ReadonlySet<string>;
  readonly redact: Redact;
  /** Addresses that are the person's alone. */
  readonly held: ReadonlySet<string>;
}

/** A line with the words of others. */
const redactedLine = (line: Item, sought: Sought, accountIsThePerson = false): Write[] => {
  const said = Said.parse(line.data);
  return rewritten(line, { ...said, detail: { ...said.detail, data: redactedData(said.detail.data, sought, accountIsThePerson) } });
};

/** A line about an account that is the person, and about nobody else. */
const anonymousAccountLine = (line: Item, { redact }: Sought): Write[] => {
  const said = Said.parse(line.data);
  return rewritten(line, { ...said, detail: { ...said.detail, data: anonymousAccountData(said.detailType, said.detail.data, redact) } });
};

const anybody: IsTheirs = () => true;

/** Another contact's record, as far as it mentions the person. */
const withoutMentionWrites = (item: Item, { redact, held, ids }: Sought): Write[] => {
  const read = storedContact(item);
  if (read === undefined || ids.has(read.contact.id)) return [];
  const next = withoutMention(read.contact, redact, held);
  return isDeepStrictEqual(next, read.contact) ? [] : [replaceContact(next, read)];
};

/**
 * Takes an erased person out of an account it was with: an account that is the person loses all that tells who it was and what was written of
 * it, a company's its addresses and numbers; in either's timeline, and in the records of its other contacts, nothing names it any more.
 */
export const cleanAccount = async (unit: UnitOfWork, cleaning: Cleaning, accountId: string, sought: Sought): Promise<void> => {
  const { ids: personIds, redact } = sought;
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
      // What lies with the account itself is about nobody else.
      const isOfPerson = isPerson && range.index === undefined;
      await cleanItems(unit, cleaning, range, async (line, table) => [
        ...(isOfPerson ? anonymousAccountLine(line, sought) : redactedLine(line, sought, isPerson)),
        ...(await interactionWrites(table, line, isOfPerson ? anybody : names(personIds), redact)),
      ]);
    }
    await cleanItems(unit, cleaning, { partition: accountContactsPartition(id), index: 'gsi2' }, (item) =>
      withoutMentionWrites(item, sought),
    );
  }
};

/** Takes the person out of the timeline of a contact that was on a deal with it. */
export const cleanMentions = (unit: UnitOfWork, cleaning: Cleaning, contactId: string, sought: Sought): Promise<void> =>
  cleanItems(unit, cleaning, contactRange(contactId), async (line, table) => [
    ...redactedLine(line, sought),
    ...(await interactionWrites(table, line, names(sought.ids), sought.redact)),
  ]);
