import { AccountRecord, ContactRecord } from '#contracts/records/account.ts';
import { counterChanges } from '#services/accounts/domain/counters.ts';
import { livingDeal } from '#services/deals/store/deals.ts';
import type { Item } from '#table/item.ts';
import { Counts, type Difference, numbersOf } from './differences.ts';

const prefix = 'accounts#account#';

/** Counters of accounts (contacts, open and won deals, amounts) that differ from what contacts and deals add up to; of accounts that are there. */
export const differencesOfAccounts = (items: readonly Item[]): Difference[] => {
  const gone = new Map<string, string | undefined>();
  for (const { kind, pk, data } of items) {
    const record = kind === 'account' ? AccountRecord.parse(data) : undefined;
    if (record?.gone) gone.set(pk, record.gone.into);
  }
  const survivor = (accountId: string): string | undefined => {
    const pk = `${prefix}${accountId}`;
    if (!gone.has(pk)) return pk;
    const into = gone.get(pk);
    return into === undefined ? undefined : survivor(into);
  };
  const recomputed = new Counts();
  const count = (accountId: string, numbers: Readonly<Record<string, number>>): void => {
    const pk = survivor(accountId);
    if (pk !== undefined) recomputed.add({ pk, sk: 'counters' }, numbers);
  };
  for (const item of items) {
    if (item.kind === 'contact') {
      const { contact, gone: isGone } = ContactRecord.parse(item.data);
      if (contact?.accountId !== undefined && !isGone) count(contact.accountId, { contacts: 1 });
    }
    const deal = item.kind === 'deal' ? livingDeal(item)?.deal : undefined;
    if (deal) for (const [accountId, numbers] of counterChanges(undefined, deal)) count(accountId, numbers);
  }
  // A merged account may go on counting for its survivor: they are one.
  const standing = new Counts();
  for (const { kind, pk, data } of items) {
    if (kind !== 'account-counters' && kind !== 'account') continue;
    // What an account opened with (the contact it was made for) stands in its record, and the counters are added to it.
    const numbers = kind === 'account' ? (AccountRecord.parse(data).opening ?? {}) : numbersOf(data);
    const survivorPk = survivor(pk.slice(prefix.length));
    if (survivorPk !== undefined) standing.add({ pk: survivorPk, sk: 'counters' }, numbers);
  }
  return recomputed.differences(standing.items());
};
