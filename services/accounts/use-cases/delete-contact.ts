import { ContactDeleted } from '#contracts/events/accounts.ts';
import { noContent } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { heldEmails } from '../domain/contact.ts';
import type { accounts } from '../service.ts';
import { count } from '../store/accounts.ts';
import { contactEvent, endContact, freeEmail } from '../store/contacts.ts';
import { contactToChange } from './named.ts';

/**
 * Deletes a contact; its e-mails, former ones too, are free again. Refuses one that is not there (404) or was merged (409), and another
 * version (412).
 */
export const deleteContact: Handler<(typeof accounts.routes)['deleteContact']> = async (request, unit) => {
  const read = await contactToChange(unit.table, request.id);
  const { contact } = read;
  request.assertIfMatch(contact.version);
  await unit.commit({
    writes: [
      endContact(read, { reason: 'deleted', at: unit.now }),
      ...heldEmails(contact).map(freeEmail),
      ...(contact.accountId === undefined ? [] : [count(contact.accountId, { contacts: -1 })]),
    ],
    events: [contactEvent(ContactDeleted, contact, read.sequence + 1)],
  });
  return noContent();
};
