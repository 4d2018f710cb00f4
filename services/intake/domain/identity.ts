import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { Attribution } from '#contracts/records/lead.ts';
import { LeadState } from '#contracts/resources/lead.ts';

/** The holder's record as its last capture left it, all but where it stands; a caller's change since shows in its sequence. */
export const HolderCopy = z.object({ lead: LeadState, sequence: z.int(), attribution: z.optional(Attribution) });
export type HolderCopy = z.infer<typeof HolderCopy>;

/** Who is known by an e-mail address: the lead that holds it, the contact that has it, and leads that once held it and still carry it. */
export const Identity = z.object({
  leadId: z.optional(z.string()),
  contactId: z.optional(z.string()),
  /** Newest first. */
  former: z.optional(z.array(z.string())),
  /** Never of anybody but the lead that holds the address. */
  copy: z.optional(HolderCopy),
});
export type Identity = z.infer<typeof Identity>;

// Beyond that, older leads of one address are found by other filters only.
const mostFormer = 50;

const withFormer = (identity: Identity, former: readonly string[]): Identity =>
  defined({ ...identity, former: former.length === 0 ? undefined : former.slice(0, mostFormer), copy: undefined });

// Deflated, that much and an identity fit a kilobyte: so the copy costs no write unit.
const mostCopyBytes = 1_400;

/** With a copy of its holder, if that is small. Of a lead that won deals there is none: what they were won for may change without showing in it. */
export const withCopy = (identity: Identity, { lead, sequence, attribution }: HolderCopy): Identity => {
  const copy = defined({ lead, sequence, attribution });
  const isKept = attribution?.won === undefined && Buffer.byteLength(JSON.stringify(copy)) <= mostCopyBytes;
  return defined({ ...identity, copy: isKept ? copy : undefined });
};

/** The address is held by this lead from now on; who held it before is a former one. */
export const heldBy = (identity: Identity, leadId: string): Identity => {
  const before = identity.leadId === undefined || identity.leadId === leadId ? [] : [identity.leadId];
  return withFormer(
    { ...identity, leadId },
    [...before, ...(identity.former ?? [])].filter((id) => id !== leadId),
  );
};

/** The lead carries the address without holding it: a converted one. */
export const carriedBy = (identity: Identity, leadId: string): Identity =>
  withFormer(defined({ ...identity, leadId: identity.leadId === leadId ? undefined : identity.leadId }), [
    leadId,
    ...(identity.former ?? []).filter((id) => id !== leadId),
  ]);

/** The lead has nothing to do with the address any more: deleted, or its e-mail changed. */
export const withoutLead = (identity: Identity, leadId: string): Identity =>
  withFormer(
    defined({ ...identity, leadId: identity.leadId === leadId ? undefined : identity.leadId }),
    (identity.former ?? []).filter((id) => id !== leadId),
  );

/** The contact has the address. */
export const knownAs = (identity: Identity, contactId: string): Identity => ({ ...identity, contactId });

/** Nobody is known by it. */
export const isNobody = (identity: Identity): boolean =>
  identity.leadId === undefined && identity.contactId === undefined && (identity.former ?? []).length === 0;

/** Leads with that address, the holder first. */
export const leadsOf = (identity: Identity): readonly string[] => [
  ...(identity.leadId === undefined ? [] : [identity.leadId]),
  ...(identity.former ?? []),
];
