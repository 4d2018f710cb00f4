import type { LeadState } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import { wantedBy } from '../domain/matching.ts';
import type { StoredAccount } from '../store/accounts.ts';
import { oldest } from '../store/claims.ts';
import type { StoredContact } from '../store/contacts.ts';
import { type Lookup, lookUp, readFound } from '../store/conversions.ts';

/** Whom a lead turns out to be; a side without a match would be created. */
export interface Match {
  readonly lookup: Lookup;
  readonly contact: StoredContact | undefined;
  readonly contactBy: 'given' | 'email' | null;
  readonly account: StoredAccount | undefined;
  readonly accountBy: 'given' | 'contact' | 'domain' | 'name' | null;
  /** Accounts that are still claimed for, but gone. */
  readonly goneAccounts: ReadonlySet<string>;
  /** What was given and is no more. */
  readonly gone: readonly ('contact' | 'account')[];
}

/**
 * Finds the contact and account of a lead, in two reads: the contact is the given one, else found by e-mail; the account the given one,
 * else the contact's, else the oldest of the e-mail's company domain, else the oldest of the company's name (contract.md section 4).
 *
 * @throws {StaleRead} when the contact found moved meanwhile.
 */
export const matchParties = async (
  table: Reader,
  lead: LeadState,
  given: { readonly contactId?: string | undefined; readonly accountId?: string | undefined },
): Promise<Match> => {
  const lookup = await lookUp(table, {
    leadId: lead.id,
    email: lead.email,
    contactId: given.contactId,
    accountId: given.accountId,
    wanted: wantedBy(lead),
  });
  const { holder, givenContact, givenAccount } = lookup;
  const gone = [
    ...(given.contactId !== undefined && givenContact === undefined ? (['contact'] as const) : []),
    ...(given.accountId !== undefined && givenAccount === undefined ? (['account'] as const) : []),
  ];
  if (gone.length > 0 || lookup.conversion?.status === 'done') {
    return { lookup, contact: undefined, contactBy: null, account: undefined, accountBy: null, goneAccounts: new Set(), gone };
  }
  const byEmail = given.contactId === undefined ? holder : undefined;
  const contactsAccount = givenContact?.contact.accountId ?? byEmail?.accountId;
  const ways = new Map<string, 'contact' | 'domain' | 'name'>();
  if (givenAccount === undefined) {
    if (contactsAccount !== undefined) ways.set(contactsAccount, 'contact');
    for (const { by, item } of lookup.claims) for (const id of oldest(item)) if (!ways.has(id)) ways.set(id, by);
  }
  const { contact: found, candidates } = await readFound(table, byEmail?.contactId, [...ways.keys()]);
  // The lock is written with the contact it names; if they disagree, one was read before the other was written.
  if (byEmail !== undefined && found?.contact.accountId !== byEmail.accountId) throw new StaleRead('a contact moved meanwhile');

  const first = candidates.find(({ account }) => account !== undefined);
  const contact = givenContact ?? found;
  return {
    lookup,
    contact,
    contactBy: contact === undefined ? null : givenContact === undefined ? 'email' : 'given',
    account: givenAccount ?? first?.account,
    accountBy: givenAccount === undefined ? ((first && ways.get(first.id)) ?? null) : 'given',
    goneAccounts: new Set(candidates.flatMap(({ id, account }) => (account === undefined ? [id] : []))),
    gone,
  };
};
