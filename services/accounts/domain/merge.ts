import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '#contracts/core/json.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';
import { fillBlanks } from './blanks.ts';

/** A survivor after a merge, and what the source said otherwise: nothing is lost with it. */
export interface Merged<R> {
  readonly next: R;
  readonly conflicts: Readonly<Record<string, unknown>>;
}

const most = 50;

const isBlank = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.keys(value).length === 0);

/** What the source has that is not the survivor's: of maps only the members that differ. */
const conflictOf = (offered: unknown, kept: unknown): unknown => {
  if (!isRecord(offered) || !isRecord(kept)) return isBlank(offered) || isDeepStrictEqual(offered, kept) ? undefined : offered;
  const differing = Object.entries(offered).filter(([name, value]) => !isDeepStrictEqual(value, kept[name]));
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
};

const conflictsOf = (offered: object, next: object, apart: readonly string[]): Record<string, unknown> => {
  const kept = new Map<string, unknown>(Object.entries(next));
  return Object.fromEntries(
    Object.entries(offered).flatMap(([field, value]) => {
      const conflict = apart.includes(field) ? undefined : conflictOf(value, kept.get(field));
      return conflict === undefined ? [] : [[field, conflict]];
    }),
  );
};

/** What a map may hold as JSON, in bytes (contract.md section 1, Sizes). */
const mostBytes = 16 * 1024;

/** Two maps as one, the first's members first; the first alone when both together are too much. */
const united = <V>(first: Readonly<Record<string, V>> | undefined, second: Readonly<Record<string, V>> | undefined) => {
  const both = { ...second, ...first };
  return Object.keys(both).length > most || Buffer.byteLength(JSON.stringify(both)) > mostBytes ? first : both;
};

const unitedTags = (first: readonly string[], second: readonly string[]): string[] => [...new Set([...first, ...second])].slice(0, most);

/** Maps and tags are united, other blanks filled, nothing is overwritten. */
const filled = <R extends AccountState | Contact>(target: R, offered: Partial<R>): R => {
  const { next } = fillBlanks<R>(target, offered);
  return {
    ...next,
    ...(next.socialProfiles === undefined ? {} : { socialProfiles: united(target.socialProfiles, offered.socialProfiles) }),
    ...(next.customFields === undefined ? {} : { customFields: united(target.customFields, offered.customFields) }),
    tags: unitedTags(target.tags, offered.tags ?? []),
  };
};

const own = ['id', 'createdAt', 'updatedAt', 'version', 'tags'] as const;

const withoutOwn = <R extends AccountState | Contact>(source: R): Partial<R> => {
  const offered: Partial<R> = { ...source };
  for (const field of own) if (field !== 'tags') Reflect.deleteProperty(offered, field);
  return offered;
};

/**
 * A contact with another folded in. The other's e-mails become its own: the first where it has none, the rest as former ones; an account
 * of the other's that is not its own becomes a former one.
 */
export const mergedContact = (target: Contact, source: Contact, now: string): Merged<Contact> => {
  const offered = withoutOwn(source);
  const next = filled(target, offered);
  const emails = [...target.formerEmails, ...source.formerEmails, ...(source.email === undefined ? [] : [source.email])];
  const elsewhere =
    source.accountId === undefined || source.accountId === next.accountId ? [] : [{ accountId: source.accountId, until: now }];
  return {
    next: {
      ...next,
      formerEmails: [...new Set(emails)].filter((email) => email !== next.email),
      formerAccounts: [...target.formerAccounts, ...source.formerAccounts, ...elsewhere].toSorted((a, b) => (a.until < b.until ? -1 : 1)),
      updatedAt: now,
      version: target.version + 1,
    },
    conflicts: conflictsOf(offered, next, ['tags', 'email', 'accountId', 'formerEmails', 'formerAccounts']),
  };
};

/**
 * An account with another folded in, under `parentAccountId`: where each stands in the family is for the caller to know. Winning made a
 * customer of either, so a prospect becomes what the other is.
 */
export const mergedAccount = (
  target: AccountState,
  source: AccountState,
  parentAccountId: string | undefined,
  now: string,
): Merged<AccountState> => {
  const { parentAccountId: _parent, ...offered } = withoutOwn(source);
  const { parentAccountId: _former, ...kept } = filled(target, offered);
  const next = {
    ...kept,
    type: target.type === 'prospect' && source.type === 'customer' ? source.type : target.type,
    ...(parentAccountId === undefined ? {} : { parentAccountId }),
  };
  return {
    next: { ...next, updatedAt: now, version: target.version + 1 },
    conflicts: conflictsOf(offered, next, ['tags', ...(next.type === source.type ? [] : source.type === 'prospect' ? ['type'] : [])]),
  };
};
