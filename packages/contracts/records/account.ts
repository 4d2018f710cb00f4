import * as z from 'zod/mini';
import { AccountState, Contact } from '../resources/account.ts';
import { Gone } from './gone.ts';

export const accountCollection = (accountId: string): string => `accounts#account#${accountId}`;
/** Key of an account's record, which deals and qualification may read to know that it exists. */
export const accountRecordKey = (accountId: string) => ({ pk: accountCollection(accountId), sk: 'record' });

export const contactCollection = (contactId: string): string => `accounts#contact#${contactId}`;
/** Key of a contact's record, which deals and qualification may read to know that it exists. */
export const contactRecordKey = (contactId: string) => ({ pk: contactCollection(contactId), sk: 'record' });

/** Ids of the records merged into this one, and into those: their events and counters are read with its own. */
const mergedFrom = z.optional(z.array(z.string()));

/** `sequence` is the number of the last event of accounts about it, `opening` what its counters are to be added to. */
export const AccountRecord = z.object({
  account: z.optional(AccountState),
  gone: z.optional(Gone),
  sequence: z.int(),
  mergedFrom,
  opening: z.optional(z.record(z.string(), z.number())),
});
export type AccountRecord = z.infer<typeof AccountRecord>;

export const ContactRecord = z.object({ contact: z.optional(Contact), gone: z.optional(Gone), sequence: z.int(), mergedFrom });
export type ContactRecord = z.infer<typeof ContactRecord>;
