import {
  AccountCreated,
  AccountUpdated,
  ContactCreated,
  ContactUpdated,
  ConversionFailed,
  LeadConverted,
} from '#contracts/events/accounts.ts';
import type { LeadQualified } from '#contracts/events/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { fillBlanks } from '../domain/blanks.ts';
import { accountFills, accountOf, contactFills, contactOf } from '../domain/conversion.ts';
import { claimsOf, wantedBy } from '../domain/matching.ts';
import { accountEvent, accountUnchanged, count, createAccountRecord, replaceAccount, type StoredAccount } from '../store/accounts.ts';
import { claimFirst, claimKeys, oldest } from '../store/claims.ts';
import {
  contactEvent,
  contactUnchanged,
  createContactRecord,
  followAccount,
  replaceContact,
  type StoredContact,
  takeFreeEmail,
} from '../store/contacts.ts';
import { conversionDraft, conversionEvent, type Lookup, lookUp, readFound, saveConversion } from '../store/conversions.ts';

/** One side of a conversion: the id it came to and what is to be written for it. */
interface Part<R> {
  readonly state: R;
  readonly created: boolean;
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
}

const accountPart = (
  lead: LeadState,
  found: StoredAccount | undefined,
  lookup: Lookup,
  unit: UnitOfWork,
): Part<StoredAccount['account']> => {
  if (found === undefined) {
    const account = accountOf(lead, unit.newId('account'), unit.now);
    const own = new Set(claimKeys(claimsOf(account)).map(({ pk }) => pk));
    const claims = lookup.claims.filter(({ key }) => own.has(key.pk)).map(({ key, item }) => claimFirst(account, key, item));
    return {
      state: account,
      created: true,
      writes: [createAccountRecord(account), ...claims],
      events: [accountEvent(AccountCreated, account, 1)],
    };
  }
  const { next, filled } = fillBlanks(found.account, accountFills(found.account, lead));
  if (filled.length === 0) return { state: next, created: false, writes: [accountUnchanged(found)], events: [] };
  const account = { ...next, updatedAt: unit.now };
  const had = new Set(claimKeys(claimsOf(found.account)).map(({ pk }) => pk));
  const gained = new Set(
    claimKeys(claimsOf(account))
      .map(({ pk }) => pk)
      .filter((pk) => !had.has(pk)),
  );
  const claims = lookup.claims.filter(({ key }) => gained.has(key.pk)).map(({ key, item }) => claimFirst(account, key, item));
  return {
    state: account,
    created: false,
    writes: [replaceAccount(account, found), ...claims],
    events: [accountEvent(AccountUpdated, account, found.sequence + 1, filled)],
  };
};

const contactPart = (
  lead: LeadState,
  found: StoredContact | undefined,
  accountId: string,
  emailIsFree: boolean,
  unit: UnitOfWork,
): Part<StoredContact['contact']> => {
  if (found === undefined) {
    const contact = contactOf(lead, unit.newId('contact'), accountId, unit.now);
    const lock = contact.email === undefined ? [] : [takeFreeEmail(contact.email, contact)];
    return {
      state: contact,
      created: true,
      writes: [createContactRecord(contact), ...lock, count(accountId, { contacts: 1 })],
      events: [contactEvent(ContactCreated, contact, 1)],
    };
  }
  const before = found.contact;
  const { next, filled } = fillBlanks(before, contactFills(lead, accountId, emailIsFree));
  if (filled.length === 0) return { state: before, created: false, writes: [contactUnchanged(found)], events: [] };
  const contact = { ...next, updatedAt: unit.now };
  const joins = filled.includes('accountId');
  const held = [...(before.email === undefined ? [] : [before.email]), ...before.formerEmails];
  return {
    state: contact,
    created: false,
    writes: [
      replaceContact(contact, found),
      ...(filled.includes('email') && contact.email !== undefined ? [takeFreeEmail(contact.email, contact)] : []),
      ...(joins ? [count(accountId, { contacts: 1 }), ...held.map((email) => followAccount(email, contact))] : []),
    ],
    events: [contactEvent(ContactUpdated, contact, found.sequence + 1, filled)],
  };
};

/** The message and the consent stay with lead and contact: long texts that nobody downstream reads. */
const withoutWords = ({ message: _message, consent: _consent, ...lead }: LeadState): LeadState => lead;

/**
 * Makes a contact at an account of a qualified lead (contract.md section 4), exactly once: in two reads at most and one transaction, whose
 * record per lead lets no second one through. The contact is the given one, else found by e-mail, else created; the account the given
 * one, else the contact's, else the oldest of the e-mail's company domain, else the oldest of the company's name, else created.
 * A given one that is gone ends as ConversionFailed.
 */
export const convertLead: EventHandler<typeof LeadQualified> = async (event, unit) => {
  const { lead, conversion: wish } = event.data;
  const askedBy = event.metadata.sequence;
  const { contactId: givenContactId, accountId: givenAccountId } = wish;
  const lookup = await lookUp(unit.table, {
    leadId: lead.id,
    email: lead.email,
    contactId: givenContactId,
    accountId: givenAccountId,
    wanted: wantedBy(lead),
  });
  const { conversion: earlier, holder, givenContact, givenAccount } = lookup;
  // A wish older than the one that failed last has been replaced by it.
  if (earlier?.status === 'done' || (earlier !== undefined && earlier.askedBy >= askedBy)) return;
  const sequence = (earlier?.sequence ?? 0) + 1;

  const gone = [
    ...(givenContactId !== undefined && givenContact === undefined ? ['The contact it was to become is gone.'] : []),
    ...(givenAccountId !== undefined && givenAccount === undefined ? ['The account it was to belong to is gone.'] : []),
  ];
  if (gone.length > 0) {
    await unit.commit({
      writes: [saveConversion(lead.id, { status: 'failed', askedBy, sequence }, earlier?.rev)],
      events: [
        conversionEvent(ConversionFailed, lead.id, sequence, { leadId: lead.id, reason: gone.join(' '), qualifiedBy: String(askedBy) }),
      ],
    });
    return;
  }

  const byEmail = givenContactId === undefined ? holder : undefined;
  const contactsAccount = givenContact?.contact.accountId ?? byEmail?.accountId;
  const candidates = givenAccount === undefined ? [contactsAccount, ...lookup.claims.map(({ item }) => oldest(item))] : [];
  const found = await readFound(unit.table, byEmail?.contactId, [...new Set(candidates.flatMap((id) => id ?? []))]);
  // The lock is written with the contact it names; if they disagree, one was read before the other was written.
  if (byEmail !== undefined && found.contact?.contact.accountId !== byEmail.accountId) throw new StaleRead('a contact moved meanwhile');

  const account = accountPart(lead, givenAccount ?? found.accounts[0], lookup, unit);
  const accountId = account.state.id;
  const contact = contactPart(lead, givenContact ?? found.contact, accountId, holder === undefined, unit);
  const contactId = contact.state.id;

  const done = { status: 'done', askedBy, sequence, contactId, accountId } as const;
  const converted = {
    leadId: lead.id,
    contactId,
    accountId,
    contactCreated: contact.created,
    accountCreated: account.created,
    accountName: account.state.name,
    conversion: wish,
    lead: withoutWords(lead),
  };
  const writes = [...account.writes, ...contact.writes];
  const events = [...account.events, ...contact.events, conversionEvent(LeadConverted, lead.id, sequence, converted, contactId)];
  // Without an earlier attempt the record is the mark too: it stands exactly when this has been done.
  await unit.commit(
    earlier === undefined
      ? { writes, events, guard: conversionDraft(lead.id, done) }
      : { writes: [...writes, saveConversion(lead.id, done, earlier.rev)], events },
  );
};
