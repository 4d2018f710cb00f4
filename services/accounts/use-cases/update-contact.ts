import { ContactUpdated } from '#contracts/events/accounts.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { changedFields } from '../domain/blanks.ts';
import { changedContact, writableContact } from '../domain/contact.ts';
import type { accounts } from '../service.ts';
import { contactEvent, replaceContact } from '../store/contacts.ts';
import { accountWrites, lockWrites } from './contact-writes.ts';
import { contactToChange } from './named.ts';
import { assertLead } from './referenced.ts';

/**
 * Changes fields of a contact; a patch that changes nothing writes nothing. A past e-mail still finds the contact and stays its own.
 * Refuses one that is not there (404) or was merged (409), another version (412), an account or lead that does not exist (422), and an e-mail that another
 * contact has or had (409 with `existingId`).
 */
export const updateContact: Handler<(typeof accounts.routes)['updateContact']> = async (request, unit) => {
  const read = await contactToChange(unit.table, request.id);
  const present = read.contact;
  request.assertIfMatch(present.version);
  const input = request.merge(writableContact(present));
  const changed = changedFields(writableContact(present), input);
  if (changed.length === 0) return ok(present, { etag: etagOf({ version: present.version, derived: read.rev }) });

  const contact = changedContact(present, input, unit.now);
  if (changed.includes('leadId') && contact.leadId !== undefined) await assertLead(unit.table, contact.leadId);
  const answer = ok(contact, { etag: etagOf({ version: contact.version, derived: read.rev + 1 }) });
  await unit.commit({
    writes: [replaceContact(contact, read), ...lockWrites(present, contact), ...(await accountWrites(unit.table, present, contact))],
    events: [
      contactEvent(ContactUpdated, contact, read.sequence + 1, { changed }, changed.includes('accountId') ? present.accountId : undefined),
    ],
    answer,
  });
  return answer;
};
