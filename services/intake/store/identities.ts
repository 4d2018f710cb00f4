import type { Reader } from '#runtime/unit-of-work.ts';
import { firstRevOf } from '#table/first-rev.ts';
import type { Draft, Item } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Refusal, Write } from '#table/transaction.ts';
import { type Identity, isNobody } from '../domain/identity.ts';

const identityKey = (email: string) => ({ pk: partition('intake', 'email', email), sk: 'identity' });

const identityDraft = (email: string, identity: Identity): Draft<Identity> => ({
  ...identityKey(email),
  kind: 'identity',
  data: identity,
});

/** Who is known by an e-mail address (lower case), strongly consistent. */
export const readIdentity = (table: Reader, email: string): Promise<Item<Identity> | undefined> => table.get<Identity>(identityKey(email));

/** The same for several addresses, at most 100, in their order. */
export const readIdentities = (table: Reader, emails: readonly string[]): Promise<(Item<Identity> | undefined)[]> =>
  table.getMany<Identity>(emails.map(identityKey));

/** The first to be known by the address. */
export const newIdentity = (email: string, identity: Identity, refuse?: Refusal): Write => ({
  op: 'create',
  item: identityDraft(email, identity),
  // An identity goes with who was known by it and comes again with the next.
  firstRev: firstRevOf([identity.leadId, identity.contactId]),
  ...(refuse === undefined ? {} : { refuse }),
});

/** The next state of an identity read before; one that nobody is known by is deleted. */
export const nextIdentity = (
  email: string,
  before: { readonly rev: number } | undefined,
  identity: Identity,
  refuse?: Refusal,
): Write[] => {
  if (before === undefined) return isNobody(identity) ? [] : [newIdentity(email, identity)];
  return isNobody(identity)
    ? [{ op: 'delete', key: identityKey(email), ifRev: before.rev }]
    : [{ op: 'replace', item: identityDraft(email, identity), ifRev: before.rev, ...(refuse === undefined ? {} : { refuse }) }];
};
