import { defined } from '#contracts/core/json.ts';
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
import type { EventDraft, Write } from '#table/transaction.ts';
import { fillBlanks } from '../domain/blanks.ts';
import { heldEmails } from '../domain/contact.ts';
import { accountFills, accountOf, contactFills, contactOf } from '../domain/conversion.ts';
import { claimsOf } from '../domain/matching.ts';
import { accountEvent, accountUnchanged, count, createAccountRecord, replaceAccount, type StoredAccount } from '../store/accounts.ts';
import { claimFirst, claimKeys } from '../store/claims.ts';
import {
  contactEvent,
  contactUnchanged,
  createContactRecord,
  followAccount,
  replaceContact,
  type StoredContact,
  takeFreeEmail,
} from '../store/contacts.ts';
import { conversionDraft, conversionEvent, saveConversion } from '../store/conversions.ts';
import { copyOf, lineDrafts } from '../store/timeline.ts';
import { type Match, matchParties } from './match-parties.ts';

/** One side of a conversion: the id it came to and what is to be written for it. */
interface Part<R> {
  readonly state: R;
  readonly created: boolean;
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
}

const accountPart = (
  lead: LeadState,
  { account: found, contact, lookup, goneAccounts }: Match,
  unit: UnitOfWork,
): Part<StoredAccount['account']> => {
  if (found === undefined) {
    const account = accountOf(lead, unit.newId('account'), unit.now);
    const own = new Set(claimKeys(claimsOf(account)).map(({ pk }) => pk));
    const claims = lookup.claims.filter(({ key }) => own.has(key.pk)).map(({ key, item }) => claimFirst(account, key, item, goneAccounts));
    return {
      state: account,
      created: true,
      // Its contact is its first, unless that one is with an account already.
      writes: [createAccountRecord(account, contact?.contact.accountId === undefined ? { contacts: 1 } : {}), ...claims],
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
  const claims = lookup.claims.filter(({ key }) => gained.has(key.pk)).map(({ key, item }) => claimFirst(account, key, item, goneAccounts));
  return {
    state: account,
    created: false,
    writes: [replaceAccount(account, found), ...claims],
    events: [accountEvent(AccountUpdated, account, found.sequence + 1, { changed: filled })],
  };
};

const contactPart = (
  lead: LeadState,
  found: StoredContact | undefined,
  account: Part<StoredAccount['account']>,
  emailIsFree: boolean,
  unit: UnitOfWork,
): Part<StoredContact['contact']> => {
  const accountId = account.state.id;
  const joining = account.created ? [] : [count(accountId, { contacts: 1 })];
  if (found === undefined) {
    const contact = contactOf(lead, unit.newId('contact'), accountId, unit.now);
    const lock = contact.email === undefined ? [] : [takeFreeEmail(contact.email, contact)];
    return {
      state: contact,
      created: true,
      writes: [createContactRecord(contact), ...lock, ...joining],
      events: [contactEvent(ContactCreated, contact, 1)],
    };
  }
  const before = found.contact;
  const { next, filled } = fillBlanks(before, contactFills(lead, accountId, emailIsFree));
  if (filled.length === 0) return { state: before, created: false, writes: [contactUnchanged(found)], events: [] };
  const contact = { ...next, updatedAt: unit.now };
  const joins = filled.includes('accountId');
  return {
    state: contact,
    created: false,
    writes: [
      replaceContact(contact, found),
      ...(filled.includes('email') && contact.email !== undefined ? [takeFreeEmail(contact.email, contact)] : []),
      ...(joins ? [...joining, ...heldEmails(before).map((email) => followAccount(email, contact))] : []),
    ],
    events: [contactEvent(ContactUpdated, contact, found.sequence + 1, { changed: filled })],
  };
};

/**
 * What a deal is opened with, and where the lead came from. The rest stays with lead and contact: nobody downstream reads it, it is
 * personal, and it would cost the event another KB.
 */
const attribution = ({ firstName, lastName, company, interest, owner, source, campaign, channel }: LeadState): Partial<LeadState> =>
  defined({ firstName, lastName, company, interest, owner, source, campaign, channel });

/**
 * Makes a contact at an account of a qualified lead (contract.md section 4), exactly once: in two reads at most and one transaction, whose
 * record per lead lets no second one through. A given contact or account that is gone ends as ConversionFailed.
 */
export const convertLead: EventHandler<typeof LeadQualified> = async (event, unit) => {
  const { lead, conversion: wish, score, rating, reason } = event.data;
  const askedBy = event.metadata.sequence;
  const match = await matchParties(unit.table, lead, wish);
  const { conversion: earlier, holder } = match.lookup;
  // A wish older than the one that failed last has been replaced by it; who was erased is not brought back.
  if (earlier?.status === 'done' || earlier?.status === 'erased' || (earlier !== undefined && earlier.askedBy >= askedBy)) return;
  const sequence = (earlier?.sequence ?? 0) + 1;

  const gone = [
    ...(match.gone.includes('contact') ? ['The contact it was to become is gone.'] : []),
    ...(match.gone.includes('account') ? ['The account it was to belong to is gone.'] : []),
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

  const account = accountPart(lead, match, unit);
  const accountId = account.state.id;
  const contact = contactPart(lead, match.contact, account, holder === undefined, unit);
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
    lead: attribution(lead),
  };
  const qualified = copyOf(event, { leadId: lead.id, score, rating, ...(reason === undefined ? {} : { reason }) });
  const copies = lineDrafts(qualified, { contactIds: [contactId], accountIds: [accountId] });
  const writes = [...account.writes, ...contact.writes, ...copies.map((item): Write => ({ op: 'put', item }))];
  const events = [
    ...account.events,
    ...contact.events,
    conversionEvent(LeadConverted, lead.id, sequence, converted, { contactId, accountId }),
  ];
  // Without an earlier attempt the record is the mark too: it stands exactly when this has been done.
  await unit.commit(
    earlier === undefined
      ? { writes, events, guard: conversionDraft(lead.id, done) }
      : { writes: [...writes, saveConversion(lead.id, done, earlier.rev)], events },
  );
};
