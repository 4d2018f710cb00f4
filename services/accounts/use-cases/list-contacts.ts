import type { Contact } from '#contracts/resources/account.ts';
import { type Answer, page } from '#runtime/answer.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { contactMatches } from '../domain/search.ts';
import type { accounts } from '../service.ts';
import { readAccount } from '../store/accounts.ts';
import { accountContactsPartition, contactListPartitions, readContact, readHolder, storedContact } from '../store/contacts.ts';
import { accountElsewhere } from './named.ts';

type Keep = (contact: Contact) => boolean;

const pageOf = async (
  table: Reader,
  { page: asked }: Pick<HttpRequest, 'page'>,
  accountId: string | undefined,
  keep?: Keep,
): Promise<Answer> => {
  const { items, next } = await table.list({
    ...(accountId === undefined
      ? { partitions: contactListPartitions, index: 'gsi1' as const }
      : { partitions: [accountContactsPartition(accountId)], index: 'gsi2' as const }),
    descending: true,
    limit: asked.limit,
    ...(asked.after === undefined ? {} : { after: asked.after }),
    ...(keep === undefined
      ? {}
      : {
          keep: (item) => {
            const contact = storedContact(item)?.contact;
            return contact !== undefined && keep(contact);
          },
        }),
  });
  return page({ items: items.flatMap((item) => storedContact(item)?.contact ?? []), next });
};

/** Contacts newest first; by `email`, present or former, read consistently; by `accountId` from the account's index. */
export const listContacts: Handler<(typeof accounts.routes)['listContacts']> = async (request, unit) => {
  const { accountId, email, owner, tag, q } = request.query;
  const keep: Keep = (contact) =>
    (accountId === undefined || contact.accountId === accountId) &&
    (owner === undefined || contact.owner === owner) &&
    (tag === undefined || contact.tags.includes(tag)) &&
    (q === undefined || contactMatches(contact, q));
  if (email !== undefined) {
    const holder = await readHolder(unit.table, email);
    const found = holder === undefined ? undefined : await readContact(unit.table, holder.contactId);
    return page({ items: found !== undefined && keep(found.contact) ? [found.contact] : [], next: undefined });
  }
  return pageOf(unit.table, request, accountId, [owner, tag, q].some((filter) => filter !== undefined) ? keep : undefined);
};

/** The contacts of an account, 301 to those of the survivor of a merged one. Refuses an account that is not there: 404. */
export const listAccountContacts: Handler<(typeof accounts.routes)['listAccountContacts']> = async (request, unit) => {
  if ((await readAccount(unit.table, request.id)) === undefined) return accountElsewhere(unit.table, request.id, '/contacts');
  return pageOf(unit.table, request, request.id);
};
