import * as z from 'zod/mini';
import { Billing } from '#contracts/resources/billing.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

const settings = partition('deals', 'settings', 'billing');
const currentKey = { pk: settings, sk: 'current' };
const versionKey = (version: number) => ({ pk: settings, sk: `version#${String(version).padStart(10, '0')}` });

const Current = z.object({ version: z.int() });

const unsetBilling: Billing = { version: 0 };

/** The settings as they were at that version, which documents hold on to; unset for 0. */
export const readBillingAt = async (table: Reader, version: number): Promise<Billing> => {
  const item = version === 0 ? undefined : await table.get(versionKey(version));
  return item === undefined ? unsetBilling : z.parse(Billing, item.data);
};

/** Version of the settings that hold now; 0 while unset. `rev` is that of its item. */
export const currentBilling = async (table: Reader): Promise<{ readonly version: number; readonly rev: number | undefined }> => {
  const item = await table.get(currentKey);
  return item === undefined ? { version: 0, rev: undefined } : { version: z.parse(Current, item.data).version, rev: item.rev };
};

export const readBilling = async (table: Reader): Promise<Billing> => readBillingAt(table, (await currentBilling(table)).version);

/** Every version stays, for the documents that bear it. */
export const billingWrites = (billing: Billing, rev: number | undefined): Write[] => {
  const current = { ...currentKey, kind: 'billing-version', data: { version: billing.version } };
  return [
    rev === undefined ? { op: 'create', item: current } : { op: 'replace', item: current, ifRev: rev },
    { op: 'create', item: { ...versionKey(billing.version), kind: 'billing', data: billing } },
  ];
};
