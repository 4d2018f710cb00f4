import { type Redact, redactionOf } from '#contracts/core/redaction.ts';
import { ErasureCompleted, type ErasureRequested, type PersonalDataErased } from '#contracts/events/erasures.ts';
import { contactRecordKey } from '#contracts/records/account.ts';
import { erasureCollection, noRecords, type PersonRecords, personSheetKey } from '#contracts/records/erasure.ts';
import {
  answerErasure,
  type Cleaning,
  cleanItems,
  cleanOnce,
  completionSequence,
  readPerson,
  removed,
  sheetWrites,
} from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { readItems } from '#table/item-range.ts';
import type { Write } from '#table/transaction.ts';
import { heldEmails } from '../domain/contact.ts';
import { afterAnswer, afterRequest, united, unitedRecords } from '../domain/erasure.ts';
import { identifiersOf } from '../domain/person.ts';
import { eraseTombstone, freeEmail, readContact, readDeletedContacts, readHolder, storedContact } from '../store/contacts.ts';
import { conversionRange, endConversion } from '../store/conversions.ts';
import { accountIdsOf, readErasure, saveErasure, tracesIn } from '../store/erasures.ts';
import { readDeal } from '../store/parties.ts';
import { mergedInto, survivingContact } from '../store/survivors.ts';
import { contactRange, notedRange, storyRange } from '../store/timeline.ts';
import { cleanAccount, cleanMentions } from './clean-account.ts';
import { anonymousLine, interactionWrites, isWith, notedWrites } from './clean-interaction.ts';
import { endingWrites, requestEvent } from './erase-contact.ts';

interface Erasing extends Cleaning {
  readonly ids: ReadonlySet<string>;
  /** RFC 3339; who comes after that is somebody new, even under the same address. */
  readonly requestedAt: string;
}

const rememberAccounts = async (table: Reader, { erasureId }: Cleaning, accountIds: readonly string[]): Promise<Write[]> => {
  const before = await readErasure(table, erasureId);
  const all = united(before.state.accountIds, accountIds);
  return all.length === before.state.accountIds.length ? [] : [saveErasure(erasureId, { ...before.state, accountIds: all }, before)];
};

/** The contact is gone if it is there still; what its collection tells of the person is remembered before it goes. Gives further records. */
const endContactOf = async (unit: UnitOfWork, erasing: Erasing, contactId: string): Promise<PersonRecords> => {
  let found: PersonRecords = noRecords;
  await cleanOnce(unit, erasing, async ({ table, now }) => {
    const [item, sheet, lines] = await Promise.all([
      table.get(contactRecordKey(contactId)),
      table.get(personSheetKey('accounts', erasing.erasureId)),
      readItems(table, contactRange(contactId)),
    ]);
    const traces = tracesIn(lines);
    const stored = storedContact(item);
    const survivor = stored === undefined && mergedInto(item) !== undefined ? await survivingContact(table, contactId) : undefined;
    const known = [
      ...traces.identifiers,
      ...(stored === undefined ? [] : [{ ...identifiersOf(stored.contact), held: heldEmails(stored.contact) }]),
    ];
    found = unitedRecords(traces, {
      ...noRecords,
      contactIds: [...(stored?.mergedFrom ?? []), ...(survivor === undefined ? [] : [survivor])],
    });
    const accountIds = united(traces.accountIds, stored === undefined ? [] : accountIdsOf(stored.contact));
    return {
      cleans: stored !== undefined ? endingWrites(stored, now) : item === undefined ? [] : eraseTombstone(item, contactId, now),
      others: [...sheetWrites('accounts', erasing.erasureId, sheet, known, now), ...(await rememberAccounts(table, erasing, accountIds))],
    };
  });
  return found;
};

/** A tombstone of the conversion, so that nothing makes a contact of the lead any more. Gives the contact it became. */
const endConversionOf = async (unit: UnitOfWork, erasing: Erasing, leadId: string): Promise<PersonRecords> => {
  let found: PersonRecords = noRecords;
  await cleanOnce(unit, erasing, async ({ table }) => {
    const { came, writes } = await endConversion(table, leadId);
    found = { ...noRecords, contactIds: came.contactId === undefined ? [] : [came.contactId] };
    return { cleans: writes, others: await rememberAccounts(table, erasing, came.accountId === undefined ? [] : [came.accountId]) };
  });
  return found;
};

/** Lines that an account lists too stay there, anonymous; the others go. */
const cleanLines = (unit: UnitOfWork, erasing: Erasing, contactId: string, redact: Redact): Promise<void> =>
  cleanItems(unit, erasing, contactRange(contactId), async (line, table) => {
    const { indexes } = line;
    const isListed = indexes?.gsi1 !== undefined || indexes?.gsi2 !== undefined;
    return [
      ...(isListed ? anonymousLine(line, redact) : [removed(line)]),
      ...(await interactionWrites(table, line, isWith(erasing.ids), redact)),
    ];
  });

const cleanStory = async (unit: UnitOfWork, erasing: Erasing, leadId: string, redact: Redact): Promise<void> => {
  for (const range of [storyRange(leadId), conversionRange(leadId)]) {
    await cleanItems(unit, erasing, range, async (line, table) => [
      removed(line),
      ...(await interactionWrites(table, line, isWith(erasing.ids), redact)),
    ]);
  }
  await cleanItems(unit, erasing, notedRange(leadId), (note, table) => notedWrites(table, note, redact));
};

/** Gives an address back that was the person's. Gives whom it leads to besides, if it was the person's alone; nobody who came later. */
const forgetAddress = async (unit: UnitOfWork, erasing: Erasing, email: string, isHeld: boolean): Promise<PersonRecords> => {
  const contactIds: string[] = [];
  await cleanOnce(unit, erasing, async ({ table }) => {
    const holder = await readHolder(table, email);
    if (holder !== undefined && erasing.ids.has(holder.contactId)) return { cleans: [freeEmail(email)] };
    const other = holder === undefined || !isHeld ? undefined : await readContact(table, holder.contactId);
    if (other !== undefined && other.contact.createdAt <= erasing.requestedAt) contactIds.push(other.contact.id);
    return { cleans: [] };
  });
  if (isHeld) contactIds.push(...(await readDeletedContacts(unit.table, email, erasing.requestedAt)));
  return { ...noRecords, contactIds };
};

/** Accounts of the person's deals, and the other contacts on them. */
const partiesOfDeals = async ({ table }: UnitOfWork, dealIds: readonly string[], { ids }: Erasing) => {
  const accountIds = new Set<string>();
  const contactIds = new Set<string>();
  for (const dealId of dealIds) {
    const deal = await readDeal(table, dealId);
    for (const id of deal?.accountIds ?? []) accountIds.add(id);
    for (const id of deal?.contactIds ?? []) if (!ids.has(id)) contactIds.add(id);
  }
  return { accountIds: [...accountIds], contactIds: [...contactIds] };
};

/**
 * Erases what accounts holds of a person: contacts with their locks and events, interactions, stories of leads, and the person's name and
 * addresses wherever the timelines of its accounts mention them. What was told there stays as what happened, to nobody.
 */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, requestedAt, leadIds, contactIds, dealIds } = event.data;
  const erasing: Erasing = { service: 'accounts', erasureId, requestedAt, ids: new Set([...leadIds, ...contactIds]) };
  await cleanOnce(unit, erasing, async ({ table }) => {
    const before = await readErasure(table, erasureId);
    const state = afterRequest(before.state, event.data);
    return { cleans: [], others: state === before.state ? [] : [saveErasure(erasureId, state, before)] };
  });
  let found: PersonRecords = noRecords;
  for (const contactId of contactIds) found = unitedRecords(found, await endContactOf(unit, erasing, contactId));
  for (const leadId of leadIds) found = unitedRecords(found, await endConversionOf(unit, erasing, leadId));

  const { emails, held, ...others } = await readPerson(unit.table, erasureId);
  const redact = redactionOf({ emails, ...others });
  const sought = { ids: erasing.ids, redact, held: new Set(held) };
  for (const leadId of leadIds) await cleanStory(unit, erasing, leadId, redact);
  for (const contactId of contactIds) await cleanLines(unit, erasing, contactId, redact);
  for (const email of emails) found = unitedRecords(found, await forgetAddress(unit, erasing, email, sought.held.has(email)));
  const ofDeals = await partiesOfDeals(unit, dealIds, erasing);
  await cleanOnce(unit, erasing, async ({ table }) => ({
    cleans: [],
    others: await rememberAccounts(table, erasing, ofDeals.accountIds),
  }));
  for (const contactId of ofDeals.contactIds) await cleanMentions(unit, erasing, contactId, sought);
  const { state } = await readErasure(unit.table, erasureId);
  for (const accountId of state.accountIds) await cleanAccount(unit, erasing, accountId, sought);
  await answerErasure(event, unit, 'accounts', found);
};

/** Takes a service's answer in: asks again, or says that it is done, or waits for the others. */
export const concludeRound: EventHandler<typeof PersonalDataErased> = async (event, unit) => {
  const { erasureId, service, round, records, found } = event.data;
  const before = await readErasure(unit.table, erasureId);
  const answer = { service, round, records, found, at: event.metadata.occurredAt };
  const { next, outcome } =
    before.state.completedAt === undefined ? afterAnswer(before.state, answer) : { next: before.state, outcome: 'waits' };
  const { requestedAt = unit.now } = next;
  const sheet = outcome === 'completes' ? await unit.table.get(personSheetKey('accounts', erasureId)) : undefined;
  const completed = {
    contract: ErasureCompleted,
    collection: erasureCollection('accounts', erasureId),
    subject: erasureId,
    sequence: completionSequence(next.round),
    data: { erasureId },
  };
  await unit.commit({
    writes: [...(next === before.state ? [] : [saveErasure(erasureId, next, before)]), ...(sheet === undefined ? [] : [removed(sheet)])],
    events: [
      ...(outcome === 'asks-again' ? [requestEvent(erasureId, next.round, requestedAt, next)] : []),
      ...(outcome === 'completes' ? [completed] : []),
    ],
  });
};
