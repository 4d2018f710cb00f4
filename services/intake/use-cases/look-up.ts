import { defined } from '#contracts/core/json.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';
import type { Lead } from '#contracts/resources/lead.ts';
import type { LeadLookup } from '#contracts/resources/lead-operations.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { contactHasEmail, contactHasPhone } from '../domain/contact.ts';
import { leadsOf } from '../domain/identity.ts';
import type { ToE164 } from '../domain/lead.ts';
import { phoneReader } from '../domain/phone.ts';
import { readAccount, readContact } from '../store/accounts.ts';
import { readIdentity } from '../store/identities.ts';
import { contactWithPhone, leadsWithPhone } from '../store/matches.ts';
import { viewLead } from './lead-view.ts';

/** Who somebody is as far as one address or number tells. */
interface Sight {
  readonly lead: Lead | undefined;
  readonly contact: Contact | undefined;
}

const leadAmong = async (table: Reader, ids: readonly string[]): Promise<Lead | undefined> => {
  for (const id of ids.slice(0, 10)) {
    const view = await viewLead(table, id);
    if (view !== undefined) return view.resource;
  }
  return undefined;
};

/** The lead, and the contact it became or that has the address or number itself. */
const sightOf = async (
  table: Reader,
  leadIds: readonly string[],
  contactId: string | undefined,
  isTheirs: (contact: Contact) => boolean,
): Promise<Sight> => {
  const [lead, own] = await Promise.all([leadAmong(table, leadIds), contactId === undefined ? undefined : readContact(table, contactId)]);
  if (own !== undefined && isTheirs(own)) return { lead, contact: own };
  const converted = lead?.convertedTo?.contactId ?? lead?.knownContactId;
  return { lead, contact: converted === undefined ? undefined : await readContact(table, converted) };
};

const byEmail = async (table: Reader, email: string): Promise<Sight> => {
  const identity = (await readIdentity(table, email))?.data ?? {};
  return sightOf(table, leadsOf(identity), identity.contactId, (contact) => contactHasEmail(contact, email));
};

const byPhone = async (table: Reader, phone: string, toE164: ToE164): Promise<Sight> => {
  const e164 = toE164(phone, undefined);
  if (e164 === undefined) return { lead: undefined, contact: undefined };
  const [leadIds, contactId] = await Promise.all([leadsWithPhone(table, e164, 10), contactWithPhone(table, e164)]);
  return sightOf(table, leadIds, contactId, (contact) => contactHasPhone(contact, e164, toE164));
};

const standingOf = ({ lead, contact }: Sight, account: AccountState | undefined): LeadLookup['standing'] => {
  if (account?.type === 'customer' || lead?.lifecycleStage === 'customer') return 'customer';
  if (contact !== undefined) return 'contact';
  return lead === undefined ? 'unknown' : 'lead';
};

/** Who is this: by e-mail, else by phone (with its country code). Output: 200, also for somebody unknown. Refusals: 400 with neither. */
export const lookUp: Handler<typeof intakeRoutes.lookUp> = async (request, unit) => {
  const { email, phone } = request.query;
  const toE164 = await phoneReader(phone !== undefined);
  const unseen: Sight = { lead: undefined, contact: undefined };
  const first = email === undefined ? unseen : await byEmail(unit.table, email);
  const known = first.lead !== undefined || first.contact !== undefined;
  const sight = known || phone === undefined ? first : await byPhone(unit.table, phone, toE164);
  const { lead, contact } = sight;
  const accountId = contact?.accountId ?? lead?.convertedTo?.accountId;
  const account = accountId === undefined ? undefined : await readAccount(unit.table, accountId);
  const found: LeadLookup = defined({
    standing: standingOf(sight, account),
    leadId: lead?.id,
    contactId: contact?.id,
    accountId: account?.id,
  });
  return ok(found);
};
