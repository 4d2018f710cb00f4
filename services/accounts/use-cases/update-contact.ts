import { ContactUpdated } from '#contracts/events/accounts.ts';
import type { Contact } from '#contracts/resources/account.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { changedFields } from '../domain/blanks.ts';
import { changedContact, writableContact } from '../domain/contact.ts';
import type { accounts } from '../service.ts';
import { accountUnchanged, count } from '../store/accounts.ts';
import { contactEvent, followAccount, readContact, replaceContact, takeEmail } from '../store/contacts.ts';
import { assertLead, referencedAccount } from './referenced.ts';

/** Addresses that find a contact: its present one and those it had. */
const heldBy = ({ email, formerEmails }: Contact): string[] => [...(email === undefined ? [] : [email]), ...formerEmails];

/** A new address is taken, one it had before is its own already; all of them follow it to another account. */
const lockWrites = (before: Contact, after: Contact): Write[] => {
  const held = new Set(heldBy(before));
  const follows = before.accountId !== after.accountId;
  return heldBy(after).flatMap((email) => {
    if (!held.has(email)) return [takeEmail(email, after)];
    return follows ? [followAccount(email, after)] : [];
  });
};

/** The counters of the accounts it left and joined; the joined one must be there still. */
const accountWrites = async (table: Reader, before: Contact, after: Contact): Promise<Write[]> => {
  const [left, joined] = [before.accountId, after.accountId];
  if (left === joined) return [];
  const present = joined === undefined ? undefined : await referencedAccount(table, joined, '/accountId');
  return [
    ...(left === undefined ? [] : [count(left, { contacts: -1 })]),
    ...(present === undefined ? [] : [accountUnchanged(present), count(present.account.id, { contacts: 1 })]),
  ];
};

/**
 * Changes fields of a contact; a patch that changes nothing writes nothing. A past e-mail still finds the contact and stays its own.
 * Refuses one that is not there (404), another version (412), an account or lead that does not exist (422), and an e-mail that another
 * contact has or had (409 with `existingId`).
 */
export const updateContact: Handler<(typeof accounts.routes)['updateContact']> = async (request, unit) => {
  const read = await readContact(unit.table, request.id);
  if (read === undefined) throw notFound('There is no such contact.');
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
    events: [contactEvent(ContactUpdated, contact, read.sequence + 1, changed)],
    answer,
  });
  return answer;
};
