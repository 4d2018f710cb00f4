import { redactionOf } from '#contracts/core/redaction.ts';
import type { ErasureRequested } from '#contracts/events/erasures.ts';
import { answerErasure, type Cleaning, cleanItems, readPerson, rewritten } from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { dealCollection, readDeal, readOpenedSince } from '../store/deals.ts';
import { documentsOf } from '../store/documents.ts';
import { cleanedData, impersonal, isPersonal } from '../store/erasures.ts';
import { dealIdsOf } from '../store/lead-deals.ts';

/** Milliseconds for which accounts may not have heard of a deal; it tells the erasure of older ones. */
const newsMilliseconds = 5 * 60 * 1000;

/** Deals with these contacts that were opened so shortly before the erasure that accounts may never tell them in a timeline of theirs. */
const openedJustBefore = ({ table }: UnitOfWork, requestedAt: string, contactIds: ReadonlySet<string>): Promise<string[]> =>
  readOpenedSince(table, new Date(Date.parse(requestedAt) - newsMilliseconds).toISOString(), ({ deal }) =>
    deal.contacts.some(({ contactId }) => contactIds.has(contactId)),
  );

/**
 * Erases a person from deals: from their contacts, names, notes, tasks, documents and timelines. Deals, their amounts and what was invoiced
 * stay; of a deal with a person rather than a company nothing stays that was written in prose.
 */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, requestedAt, leadIds, contactIds, dealIds } = event.data;
  const cleaning: Cleaning = { service: 'deals', erasureId };
  const redact = redactionOf(await readPerson(unit.table, erasureId), impersonal);
  const erased = { redact, contactIds: new Set(contactIds), leadIds: new Set(leadIds) };
  const ofLeads = await Promise.all(leadIds.map((leadId) => dealIdsOf(unit.table, leadId)));
  const all = [...new Set([...ofLeads.flat(), ...dealIds, ...(await openedJustBefore(unit, requestedAt, erased.contactIds))])];
  for (const dealId of all) {
    const { contacts = [], accountId } = (await readDeal(unit.table, dealId))?.deal ?? {};
    const isAlone = contacts.every(({ contactId }) => erased.contactIds.has(contactId));
    const how = { ...erased, isAlone, isPersonal: await isPersonal(unit.table, accountId, isAlone) };
    for (const range of [{ partition: dealCollection(dealId) }, ...documentsOf(dealId)]) {
      await cleanItems(unit, cleaning, range, (item) => rewritten(item, cleanedData(item, how)));
    }
  }
  await answerErasure(event, unit, 'deals', { dealIds: all });
};
