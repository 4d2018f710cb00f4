import type { ErasureCompleted, ErasureRequested } from '#contracts/events/erasures.ts';
import { personSheetKey } from '#contracts/records/erasure.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import { answerErasure, type Cleaning, cleanItems, cleanOnce, readPerson, removed, sheetWrites } from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import { type Identity, isNobody, leadsOf, withoutLead } from '../domain/identity.ts';
import { heldIdentifiersOf } from '../domain/person.ts';
import { phoneReader } from '../domain/phone.ts';
import { readContact } from '../store/accounts.ts';
import { isOfPerson, readTraces } from '../store/erasures.ts';
import { nextIdentity, readIdentities, readIdentity } from '../store/identities.ts';
import { rejectionsOf } from '../store/imports.ts';
import { erasedLeadDraft, isLiving, readDeletedLeads, readLeadRecord } from '../store/leads.ts';
import { contactWithPhone, forgetContactPhone } from '../store/matches.ts';
import { leadlessSubmissions, readSubmission, removeSubmission } from '../store/submissions.ts';
import { endingWrites } from './erase-lead.ts';

interface Erasing extends Cleaning {
  readonly leadIds: ReadonlySet<string>;
  readonly contactIds: ReadonlySet<string>;
  /** RFC 3339; who comes after that is somebody new, even under the same address. */
  readonly requestedAt: string;
}

const mostAddresses = 100;

/** Those of the addresses told that are of these leads still: of leads merged into them, too, but not one that was changed for another. */
const carriedStill = async (table: Reader, emails: readonly string[], leadIds: ReadonlySet<string>): Promise<string[]> => {
  const some = [...new Set(emails)].slice(0, mostAddresses);
  const items = some.length === 0 ? [] : await readIdentities(table, some);
  return some.filter((_, i) => leadsOf(items[i]?.data ?? {}).some((id) => leadIds.has(id)));
};

/** The lead is gone if it is there still, and what its collection tells of the person is remembered before it goes. Gives the leads merged into it. */
const endLead = async (unit: UnitOfWork, erasing: Erasing, leadId: string): Promise<readonly string[]> => {
  let mergedFrom: readonly string[] = [];
  await cleanOnce(unit, erasing, async ({ table, now }) => {
    const [item, sheet, traces] = await Promise.all([
      readLeadRecord(table, leadId),
      table.get(personSheetKey('intake', erasing.erasureId)),
      readTraces(table, leadId),
    ]);
    const told = traces.identifiers.flatMap(({ emails }) => emails);
    const carried = { emails: [], phones: [], names: [], held: await carriedStill(table, told, erasing.leadIds) };
    const known = [...traces.identifiers, carried, ...(isLiving(item) ? [heldIdentifiersOf(item.data.lead)] : [])];
    const others = sheetWrites('intake', erasing.erasureId, sheet, known, now);
    if (isLiving(item)) {
      mergedFrom = item.data.mergedFrom ?? [];
      return { cleans: await endingWrites(table, item, now), others };
    }
    if (item === undefined || item.data.gone?.reason === 'erased') return { cleans: [], others };
    return { cleans: [{ op: 'replace', item: erasedLeadDraft(leadId, now, item.data.sequence), ifRev: item.rev }], others };
  });
  return mergedFrom;
};

const clearCollection = async (unit: UnitOfWork, erasing: Erasing, leadId: string): Promise<void> => {
  const { submissionIds } = await readTraces(unit.table, leadId);
  for (const submissionId of submissionIds) {
    await cleanOnce(unit, erasing, async ({ table, now }) => {
      const item = await readSubmission(table, submissionId);
      return { cleans: item === undefined ? [] : removeSubmission(item, now) };
    });
  }
  const isPersonal = isOfPerson(leadId);
  await cleanItems(unit, erasing, { partition: leadCollection(leadId) }, (item) => (isPersonal(item) ? [removed(item)] : []));
};

interface Found {
  readonly leadIds: readonly string[];
  readonly contactIds: readonly string[];
}

interface Behind extends Found {
  /** Whether the contact that is known by the address is another's by right; as one of several labelled ones it goes with the person. */
  readonly isOthers: boolean;
}

const nobody: Behind = { leadIds: [], contactIds: [], isOthers: true };

/**
 * Whom an address of the person's alone leads to besides those that are being erased: leads that have it, a contact whose own it is or was
 * (as one of several labelled ones it may be anybody's), leads that were deleted. Nobody who came later.
 */
const othersBehind = async (table: Reader, erasing: Erasing, email: string, identity: Identity): Promise<Behind> => {
  const leads = await Promise.all(
    leadsOf(identity)
      .filter((id) => !erasing.leadIds.has(id))
      .map((id) => readLeadRecord(table, id)),
  );
  const contactId = identity.contactId === undefined || erasing.contactIds.has(identity.contactId) ? undefined : identity.contactId;
  const contact = contactId === undefined ? undefined : await readContact(table, contactId);
  const isOthers = contact !== undefined && heldEmails(contact).includes(email);
  const isTheirs = isOthers && contact.createdAt <= erasing.requestedAt;
  return {
    leadIds: leads.flatMap((item) => (isLiving(item) && item.data.lead.createdAt <= erasing.requestedAt ? [item.data.lead.id] : [])),
    contactIds: isTheirs ? [contact.id] : [],
    isOthers,
  };
};

const forgetAddress = async (unit: UnitOfWork, erasing: Erasing, email: string, isHeld: boolean): Promise<Found> => {
  let found = nobody;
  await cleanOnce(unit, erasing, async ({ table }) => {
    const item = await readIdentity(table, email);
    if (item === undefined) return { cleans: [] };
    found = isHeld ? await othersBehind(table, erasing, email, item.data) : nobody;
    const { contactId, ...rest } = item.data;
    const kept = contactId === undefined || erasing.contactIds.has(contactId) || !found.isOthers ? rest : { ...rest, contactId };
    const next = [...erasing.leadIds].reduce<Identity>((identity, leadId) => withoutLead(identity, leadId), kept);
    const isSame = !isNobody(next) && leadsOf(next).length === leadsOf(item.data).length && next.contactId === contactId;
    return { cleans: isSame ? [] : nextIdentity(email, item, next) };
  });
  for (const range of [leadlessSubmissions(email), rejectionsOf(email)]) {
    await cleanItems(unit, erasing, range, async (item, table): Promise<readonly Write[]> => {
      if (item.kind !== 'submission') return [removed(item)];
      const submission = await readSubmission(table, item.pk.slice(item.pk.lastIndexOf('#') + 1));
      return submission === undefined ? [] : removeSubmission(submission, unit.now);
    });
  }
  if (!isHeld) return found;
  const deleted = await readDeletedLeads(unit.table, email, erasing.requestedAt);
  return { ...found, leadIds: [...found.leadIds, ...deleted] };
};

const forgetNumbers = async (unit: UnitOfWork, erasing: Erasing, phones: readonly string[]): Promise<void> => {
  const toE164 = await phoneReader(phones.length > 0);
  for (const e164 of new Set(phones.flatMap((phone) => toE164(phone, undefined) ?? []))) {
    await cleanOnce(unit, erasing, async ({ table }) => {
      const contactId = await contactWithPhone(table, e164);
      return { cleans: contactId !== undefined && erasing.contactIds.has(contactId) ? [forgetContactPhone(e164)] : [] };
    });
  }
};

/**
 * Erases what intake holds of a person: leads, touches, timelines and submissions, spam and rejected rows of an import among them, and by
 * which address and number somebody is known. Every step may be cut short and come again.
 */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, requestedAt, leadIds, contactIds } = event.data;
  const erasing: Erasing = { service: 'intake', erasureId, leadIds: new Set(leadIds), contactIds: new Set(contactIds), requestedAt };
  const found: { readonly leadIds: string[]; readonly contactIds: string[] } = { leadIds: [], contactIds: [] };
  for (const leadId of leadIds) found.leadIds.push(...(await endLead(unit, erasing, leadId)));
  for (const leadId of leadIds) await clearCollection(unit, erasing, leadId);
  const { emails, held, phones } = await readPerson(unit.table, erasureId);
  for (const email of emails) {
    const behind = await forgetAddress(unit, erasing, email, held.includes(email));
    found.leadIds.push(...behind.leadIds);
    found.contactIds.push(...behind.contactIds);
  }
  await forgetNumbers(unit, erasing, phones);
  await answerErasure(event, unit, 'intake', found);
};

/** Every service is done: what was looked for is forgotten too. */
export const forgetPerson: EventHandler<typeof ErasureCompleted> = async (event, unit) => {
  const sheet = await unit.table.get(personSheetKey('intake', event.data.erasureId));
  await unit.commit({ writes: sheet === undefined ? [] : [removed(sheet)] });
};
