import * as z from 'zod/mini';
import type { FieldError } from '#contracts/core/problems.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { QualificationRecord, qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Key } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';

/** Records of others that a deal names, each with where the caller named it. */
export interface References {
  readonly accountId?: string | undefined;
  readonly contacts: readonly { readonly contactId: string; readonly pointer: string }[];
  readonly leadId?: string | undefined;
}

const Standing = z.object({ gone: z.optional(Gone) });

/** Contacts that a transaction is held to, of 100 operations; beyond, they were there when they were read. */
const mostChecked = 20;

/**
 * Reads what a deal is to name. `errors` are those that do not exist (or, for a lead, are not qualified); `checks` hold the transaction to
 * the others being as they were read, so that none is deleted in between.
 */
export const readReferences = async (
  table: Reader,
  { accountId, contacts, leadId }: References,
): Promise<{ readonly errors: readonly FieldError[]; readonly checks: readonly Write[] }> => {
  const wanted = [
    ...(accountId === undefined ? [] : [{ key: accountRecordKey(accountId), pointer: '/accountId', what: 'account', isHeld: true }]),
    ...contacts.map(({ contactId, pointer }, i) => ({
      key: contactRecordKey(contactId),
      pointer,
      what: 'contact',
      isHeld: i < mostChecked,
    })),
    ...(leadId === undefined ? [] : [{ key: leadRecordKey(leadId), pointer: '/leadId', what: 'lead', isHeld: true }]),
  ];
  // One by one: a foreign read is a GetItem (decided in the architecture), never a batch.
  const [read, isQualified] = await Promise.all([
    Promise.all(wanted.map(async (one) => ({ ...one, rev: await standingRev(table, one.key) }))),
    leadId === undefined ? true : hasQualified(table, leadId),
  ]);
  const errors: FieldError[] = [];
  const checks: Write[] = [];
  for (const { key, pointer, what, rev, isHeld } of read) {
    if (rev === undefined) errors.push({ pointer, code: 'unknown_id', detail: `there is no such ${what}` });
    else if (isHeld) checks.push({ op: 'check', key, expect: rev });
  }
  if (!isQualified && !errors.some(({ pointer }) => pointer === '/leadId')) {
    errors.push({ pointer: '/leadId', code: 'lead_not_qualified', detail: 'the lead must be qualified or converted' });
  }
  return { errors, checks };
};

const standingRev = async (table: Reader, key: Key): Promise<number | undefined> => {
  const item = await table.get(key);
  return item === undefined || z.parse(Standing, item.data).gone !== undefined ? undefined : item.rev;
};

/** From qualified on a lead only goes on to converted (or back when its conversion fails), so this needs no check in the transaction. */
const hasQualified = async (table: Reader, leadId: string): Promise<boolean> => {
  const item = await table.get(qualificationRecordKey(leadId));
  const parsed = z.safeParse(QualificationRecord, item?.data);
  return parsed.success && ['qualified', 'converted'].includes(parsed.data.standing.status);
};

/** Why a lead is no more, if so. */
export const readLeadGone = async (table: Reader, leadId: string): Promise<Gone | undefined> => {
  const item = await table.get(leadRecordKey(leadId));
  return item && z.parse(Standing, item.data).gone;
};
