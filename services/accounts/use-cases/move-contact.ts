import { ContactMoved } from '#contracts/events/accounts.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { changedContact, writableContact } from '../domain/contact.ts';
import type { accounts } from '../service.ts';
import { contactEvent, replaceContact } from '../store/contacts.ts';
import { accountWrites, lockWrites } from './contact-writes.ts';
import { contactToChange } from './named.ts';

/**
 * A person changes companies, or leaves one. Its history stays with both. Moving to where it is changes nothing. Refuses a contact that is
 * not there (404) or was merged (409), another version (412), and an account that does not exist (422).
 */
export const moveContact: Handler<(typeof accounts.routes)['moveContact']> = async (request, unit) => {
  const read = await contactToChange(unit.table, request.id);
  const present = read.contact;
  request.assertIfMatch(present.version);
  const to = request.body.accountId ?? undefined;
  const from = present.accountId;
  if (to === from) return ok(present, { etag: etagOf({ version: present.version, derived: read.rev }) });

  const { accountId: _from, ...fields } = writableContact(present);
  const contact = changedContact(present, to === undefined ? fields : { ...fields, accountId: to }, unit.now);
  const answer = ok(contact, { etag: etagOf({ version: contact.version, derived: read.rev + 1 }) });
  const ways = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  await unit.commit({
    writes: [replaceContact(contact, read), ...lockWrites(present, contact), ...(await accountWrites(unit.table, present, contact))],
    events: [contactEvent(ContactMoved, contact, read.sequence + 1, ways, from)],
    answer,
  });
  return answer;
};
