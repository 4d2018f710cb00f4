import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { DealRecord, dealRecordKey } from '#contracts/records/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { storedContact } from './contacts.ts';
import { readConversion } from './conversions.ts';
import { isKnown } from './survivors.ts';
import type { Parties } from './timeline.ts';

/** What something that happened names. */
export interface Named {
  readonly contactIds: readonly string[];
  readonly accountIds: readonly string[];
  readonly leadId?: string | undefined;
}

/**
 * In whose timelines something is told that names these: contacts and accounts that are there or were merged (their survivors read on
 * there), without an account the first contact's, without either what the lead was converted into, or the lead while it was not.
 */
export const partiesOf = async (table: Reader, { contactIds, accountIds, leadId }: Named): Promise<Parties> => {
  const keys = [...contactIds.map(contactRecordKey), ...accountIds.map(accountRecordKey)];
  const items = keys.length === 0 ? [] : await table.getMany(keys);
  const contactItems = items.slice(0, contactIds.length);
  const contacts = contactIds.filter((_, i) => isKnown(contactItems[i]));
  const accounts = accountIds.filter((_, i) => isKnown(items[contactIds.length + i]));
  const ofContact = contactItems.map((item) => storedContact(item)?.contact.accountId).find((id) => id !== undefined);
  if (contacts.length + accounts.length > 0) {
    return { contactIds: contacts, accountIds: accounts.length === 0 && ofContact !== undefined ? [ofContact] : accounts };
  }
  if (leadId === undefined || keys.length > 0) return { contactIds: [], accountIds: [] };
  const { status, contactId, accountId } = (await readConversion(table, leadId)) ?? {};
  if (status === 'erased') return { contactIds: [], accountIds: [] };
  if (contactId === undefined || accountId === undefined) return { contactIds: [], accountIds: [], leadId };
  return partiesOf(table, { contactIds: [contactId], accountIds: [accountId] });
};

/** What deals' record of a deal names (declared foreign read); undefined when there is no such deal. */
export const readDeal = async (table: Reader, dealId: string): Promise<Named | undefined> => {
  const item = await table.get(dealRecordKey(dealId));
  if (item === undefined) return undefined;
  const { accountId, contacts, leadId, gone } = DealRecord.parse(item.data);
  if (gone !== undefined) return undefined;
  return { contactIds: contacts.map(({ contactId }) => contactId), accountIds: accountId === undefined ? [] : [accountId], leadId };
};
