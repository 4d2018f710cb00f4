import { redactionOf } from '#contracts/core/redaction.ts';
import type { ErasureRequested } from '#contracts/events/erasures.ts';
import { answerErasure, type Cleaning, cleanItems, readPerson, removed, rewritten } from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { readItems } from '#table/item-range.ts';
import { contactLinks, linkedDeal } from '../store/contact-deals.ts';
import { dealCollection, readDeal } from '../store/deals.ts';
import { documentsOf } from '../store/documents.ts';
import { cleanedData, impersonal, isPersonal } from '../store/erasures.ts';
import { dealIdsOf } from '../store/lead-deals.ts';

/**
 * Erases a person from deals: from their contacts, names, notes, tasks, documents and timelines. Deals, their amounts and what was invoiced
 * stay; of a deal with a person rather than a company nothing stays that was written in prose.
 */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, leadIds, contactIds, dealIds } = event.data;
  const cleaning: Cleaning = { service: 'deals', erasureId };
  const redact = redactionOf(await readPerson(unit.table, erasureId), impersonal);
  const erased = { redact, contactIds: new Set(contactIds), leadIds: new Set(leadIds) };
  const ofLeads = await Promise.all(leadIds.map((leadId) => dealIdsOf(unit.table, leadId)));
  const links = await Promise.all(contactIds.map((contactId) => readItems(unit.table, contactLinks(contactId))));
  const all = [...new Set([...dealIds, ...ofLeads.flat(), ...links.flat().map(linkedDeal)])];
  for (const dealId of all) {
    const { contacts = [], accountId } = (await readDeal(unit.table, dealId))?.deal ?? {};
    const isAlone = contacts.every(({ contactId }) => erased.contactIds.has(contactId));
    const how = { ...erased, isAlone, isPersonal: await isPersonal(unit.table, accountId, isAlone) };
    for (const range of [{ partition: dealCollection(dealId) }, ...documentsOf(dealId)]) {
      await cleanItems(unit, cleaning, range, (item) => rewritten(item, cleanedData(item, how)));
    }
  }
  // A link goes once the request itself names the deal, so that whatever is cut short still leads to it.
  const told = new Set(dealIds);
  for (const contactId of contactIds) {
    await cleanItems(unit, cleaning, contactLinks(contactId), (item) => (told.has(linkedDeal(item)) ? [removed(item)] : []));
  }
  await answerErasure(event, unit, 'deals', { dealIds: all });
};
