import { ErasureRequested } from '#contracts/events/erasures.ts';
import { erasureCollection, type PersonRecords } from '#contracts/records/erasure.ts';
import { accepted, ok } from '#runtime/answer.ts';
import { requestSequence, sheetWrites } from '#runtime/erasure.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import { afterRequest, erasureResource, noErasure } from '../domain/erasure.ts';
import { identifiersOf } from '../domain/person.ts';
import type { accounts } from '../service.ts';
import { count } from '../store/accounts.ts';
import { endContact, freeEmail, type StoredContact } from '../store/contacts.ts';
import { accountIdsOf, begunAtIntake, readErasure, saveErasure } from '../store/erasures.ts';
import { contactToChange } from './named.ts';

/** Operations that locks may take of a transaction; those of more addresses go with the rest of the erasure. */
const mostLocks = 80;

/** The end of a contact whose person is erased: nobody finds it, its e-mails are free. */
export const endingWrites = (read: StoredContact, now: string): Write[] => {
  const { contact } = read;
  return [
    endContact(read, { reason: 'erased', at: now }),
    ...heldEmails(contact).slice(0, mostLocks).map(freeEmail),
    ...(contact.accountId === undefined ? [] : [count(contact.accountId, { contacts: -1 })]),
  ];
};

/** Asks every service to clean what it holds about these records. */
export const requestEvent = (
  erasureId: string,
  round: number,
  requestedAt: string,
  { leadIds, contactIds, dealIds }: PersonRecords,
): EventDraft => ({
  contract: ErasureRequested,
  collection: erasureCollection('accounts', erasureId),
  subject: erasureId,
  sequence: requestSequence(round),
  data: { erasureId, round, requestedAt, leadIds, contactIds, dealIds },
});

/**
 * Begins the erasure of the person behind a contact: the contact is gone at once, the rest follows by events. Refuses one that is not there
 * (404) or was merged (409), and another version (412).
 */
export const eraseContact: Handler<(typeof accounts.routes)['eraseContact']> = async (request, unit) => {
  const read = await contactToChange(unit.table, request.id);
  const { contact, mergedFrom } = read;
  request.assertIfMatch(contact.version);
  const erasureId = unit.newId('erasure');
  const known = { leadIds: contact.leadId === undefined ? [] : [contact.leadId], contactIds: [contact.id, ...mergedFrom], dealIds: [] };
  const state = { ...afterRequest(noErasure, { ...known, round: 1, requestedAt: unit.now }), accountIds: accountIdsOf(contact) };
  const answer = accepted({ erasureId }, { headers: { location: `/v1/erasures/${erasureId}` } });
  await unit.commit({
    writes: [
      ...endingWrites(read, unit.now),
      saveErasure(erasureId, state, { state: noErasure, rev: undefined }),
      ...sheetWrites('accounts', erasureId, undefined, [{ ...identifiersOf(contact), held: heldEmails(contact) }], unit.now),
    ],
    events: [requestEvent(erasureId, 1, unit.now, known)],
    answer,
  });
  return answer;
};

/** The proof of an erasure, also of one that intake began a moment ago. Refuses one that is not there: 404. */
export const getErasure: Handler<(typeof accounts.routes)['getErasure']> = async (request, unit) => {
  const { state, rev = 0 } = await readErasure(unit.table, request.id);
  const requestedAt = state.requestedAt ?? (await begunAtIntake(unit.table, request.id));
  if (requestedAt === undefined) throw notFound('There is no such erasure.');
  return ok(erasureResource(request.id, state, requestedAt), { etag: etagOf({ version: 1, derived: rev }) });
};
