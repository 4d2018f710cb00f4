import { ContactCreated } from '#contracts/events/accounts.ts';
import { created } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { newContact } from '../domain/contact.ts';
import type { accounts } from '../service.ts';
import { accountUnchanged, count } from '../store/accounts.ts';
import { contactEvent, createContactRecord, takeEmail } from '../store/contacts.ts';
import { assertLead, referencedAccount } from './referenced.ts';

/**
 * Creates a contact. Refuses an account or lead that does not exist (422), and an e-mail that another contact has or had (409 with
 * `existingId`).
 */
export const createContact: Handler<(typeof accounts.routes)['createContact']> = async (request, unit) => {
  const contact = newContact(unit.newId('contact'), request.body, unit.now);
  const { accountId, email, leadId } = contact;
  const account = accountId === undefined ? undefined : await referencedAccount(unit.table, accountId, '/accountId');
  if (leadId !== undefined) await assertLead(unit.table, leadId);
  const answer = created(`/v1/contacts/${contact.id}`, contact, { etag: etagOf({ version: contact.version, derived: 1 }) });
  await unit.commit({
    writes: [
      createContactRecord(contact),
      ...(email === undefined ? [] : [takeEmail(email, contact)]),
      ...(account === undefined ? [] : [accountUnchanged(account), count(account.account.id, { contacts: 1 })]),
    ],
    events: [contactEvent(ContactCreated, contact, 1)],
    answer,
  });
  return answer;
};
