import { invalidField } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { readAccount, type StoredAccount } from '../store/accounts.ts';
import { leadExists } from '../store/leads.ts';
import { survivingAccount } from '../store/survivors.ts';

/** The account that a body names; 422 at that field when there is none. */
export const referencedAccount = async (table: Reader, accountId: string, pointer: string): Promise<StoredAccount> => {
  const found = await readAccount(table, accountId);
  if (found === undefined) throw invalidField(pointer, 'unknown_id', 'there is no such account');
  return found;
};

/** 422 unless the lead that a body names is there. */
export const assertLead = async (table: Reader, leadId: string): Promise<void> => {
  if (!(await leadExists(table, leadId))) throw invalidField('/leadId', 'unknown_id', 'there is no such lead');
};

const deepestFamily = 50;

/**
 * The parent that an account's body names and all above it, 422 unless it exists and is neither the account itself nor below it. Who changes
 * the account holds all of them to what they are: two changes at once, each right by itself, could close a circle.
 */
export const referencedFamily = async (table: Reader, accountId: string, parentId: string): Promise<StoredAccount[]> => {
  const family = [await referencedAccount(table, parentId, '/parentAccountId')];
  for (;;) {
    const above = family.at(-1)?.account;
    if (above?.id === accountId) throw invalidField('/parentAccountId', 'cycle', 'an account cannot be its own ancestor');
    if (family.length > deepestFamily) throw invalidField('/parentAccountId', 'too_deep', `at most ${deepestFamily} levels of accounts`);
    const standing = above?.parentAccountId === undefined ? undefined : await survivingAccount(table, above.parentAccountId);
    const next = standing === undefined ? undefined : await readAccount(table, standing);
    if (next === undefined) return family;
    family.push(next);
  }
};
