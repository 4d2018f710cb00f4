import * as z from 'zod/mini';
import { ContactMerged } from '#contracts/events/accounts.ts';
import type { Contact } from '#contracts/resources/account.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalidField, merged } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import { plus } from '../domain/counters.ts';
import { mergedContact } from '../domain/merge.ts';
import type { accounts } from '../service.ts';
import { accountUnchanged, count, readAccount } from '../store/accounts.ts';
import { contactEvent, endContact, followAccount, readContact, replaceContact, type StoredContact } from '../store/contacts.ts';
import { survivingContact } from '../store/survivors.ts';
import { readContactTimeline } from '../store/timeline.ts';
import { contactToChange } from './named.ts';

/** The contact to be folded in; 409 when it was merged already, 422 when there is none. */
const sourceOf = async (table: Reader, sourceId: string): Promise<StoredContact> => {
  const source = await readContact(table, sourceId);
  if (source !== undefined) return source;
  const survivor = await survivingContact(table, sourceId);
  throw survivor === undefined ? invalidField('/sourceId', 'unknown_id', 'there is no such contact') : merged(survivor);
};

const OfDeal = z.object({ dealId: z.string() });

const perRead = 250;
/** Beyond that, deals name the merged contact on, which stands for its survivor. */
const mostDeals = 500;

/** Deals that the contact's timeline tells of. */
const dealsOf = async (table: Reader, { contact }: StoredContact): Promise<string[]> => {
  const deals = new Set<string>();
  let after: string | undefined;
  do {
    const { lines, next } = await readContactTimeline(table, { ids: [contact.id], kind: undefined, limit: perRead, after });
    for (const { detail } of lines) {
      const told = OfDeal.safeParse(detail.data);
      if (told.success) deals.add(told.data.dealId);
    }
    after = next;
  } while (after !== undefined && deals.size < mostDeals);
  return [...deals].slice(0, mostDeals);
};

/** Each account has as many contacts as it has after the merge; the account that the survivor comes to must be there still. */
const accountWrites = async (table: Reader, before: readonly Contact[], after: Contact): Promise<Write[]> => {
  let changes: Readonly<Record<string, number>> = {};
  for (const { accountId } of before) if (accountId !== undefined) changes = plus(changes, { [accountId]: 1 }, -1);
  if (after.accountId !== undefined) changes = plus(changes, { [after.accountId]: 1 }, 1);
  const joined =
    after.accountId !== before[0]?.accountId && after.accountId !== undefined ? await readAccount(table, after.accountId) : undefined;
  return [
    ...Object.entries(changes).flatMap(([accountId, contacts]) => (contacts === 0 ? [] : [count(accountId, { contacts })])),
    ...(joined === undefined ? [] : [accountUnchanged(joined)]),
  ];
};

/**
 * Folds another contact into this one: blanks are filled, nothing is overwritten, and what differs is told in the timeline, which both share
 * from now on. Its e-mails find this contact, deals follow by the event. Of two merges into each other one is refused, and its answer names
 * the survivor. Refuses a contact that is not there (404) or was merged (409), another version (412), itself and a source that does not
 * exist (422), a source that was merged (409).
 */
export const mergeContact: Handler<(typeof accounts.routes)['mergeContact']> = async (request, unit) => {
  const { sourceId } = request.body;
  const read = await contactToChange(unit.table, request.id);
  request.assertIfMatch(read.contact.version);
  if (sourceId === request.id) throw invalidField('/sourceId', 'itself', 'a contact cannot be merged into itself');
  const source = await sourceOf(unit.table, sourceId);

  const { next: contact, conflicts } = mergedContact(read.contact, source.contact, unit.now);
  const present = new Set(contact.accountId === read.contact.accountId ? heldEmails(read.contact) : []);
  const deals = await dealsOf(unit.table, source);
  const answer = ok(contact, { etag: etagOf({ version: contact.version, derived: read.rev + 1 }) });
  const left = source.contact.accountId === contact.accountId ? undefined : source.contact.accountId;
  await unit.commit({
    writes: [
      replaceContact(contact, { ...read, mergedFrom: [...read.mergedFrom, sourceId, ...source.mergedFrom] }),
      endContact(source, { reason: 'merged', into: contact.id, at: unit.now }),
      ...heldEmails(contact)
        .filter((email) => !present.has(email))
        .map((email) => followAccount(email, contact)),
      ...(await accountWrites(unit.table, [read.contact, source.contact], contact)),
    ],
    events: [contactEvent(ContactMerged, contact, read.sequence + 1, { sourceId, deals, conflicts }, left)],
    answer,
  });
  return answer;
};
