import { invalidField } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { readAccount, type StoredAccount } from '../store/accounts.ts';
import { leadExists } from '../store/leads.ts';

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
 * The parent that an account's body names, 422 unless it exists and is neither the account itself nor below it.
 */
export const referencedParent = async (table: Reader, accountId: string, parentId: string): Promise<StoredAccount> => {
  const parent = await referencedAccount(table, parentId, '/parentAccountId');
  let above: string | undefined = parentId;
  for (let depth = 0; above !== undefined; depth += 1) {
    if (above === accountId) throw invalidField('/parentAccountId', 'cycle', 'an account cannot be its own ancestor');
    if (depth === deepestFamily) throw invalidField('/parentAccountId', 'too_deep', `at most ${deepestFamily} levels of accounts`);
    const next: StoredAccount | undefined = above === parentId ? parent : await readAccount(table, above);
    above = next?.account.parentAccountId;
  }
  return parent;
};
