import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { longText, text } from '../core/text.ts';
import { timestamp, timestampInput } from '../core/values.ts';

export const interactionKinds = ['call', 'email', 'meeting', 'message', 'note'] as const;
export type InteractionKind = (typeof interactionKinds)[number];
export const directions = ['inbound', 'outbound'] as const;

const writable = {
  leadId: z.optional(id('lead')),
  contactId: z.optional(id('contact')),
  accountId: z.optional(id('account')),
  dealId: z.optional(id('deal')),
  kind: z.enum(interactionKinds),
  direction: z.optional(z.enum(directions)),
  subject: z.optional(text()),
  body: z.optional(longText()),
  occurredAt: z.optional(timestampInput()),
  durationSeconds: z.optional(z.int().check(z.minimum(0))),
  externalId: z.optional(text()),
};

/** A call, e-mail, meeting, message or note, with whom or what it was about: at least one of the four ids. */
export const InteractionInput = z.strictObject(writable).check(
  z.refine(({ leadId, contactId, accountId, dealId }) => [leadId, contactId, accountId, dealId].some((party) => party !== undefined), {
    error: 'an interaction needs a leadId, contactId, accountId or dealId',
    params: { code: 'party_missing' },
  }),
);
export type InteractionInput = z.output<typeof InteractionInput>;

/** An interaction as it is kept; `occurredAt` is when it was logged unless given. It is never changed. */
export const Interaction = z.object({
  id: id('interaction'),
  ...writable,
  occurredAt: timestamp(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
  version: z.int(),
});
export type Interaction = z.infer<typeof Interaction>;

const counted = z.object({ total: z.int(), inbound: z.int(), outbound: z.int() });

/** How often and when; one without a direction counts in `total` alone. `null` while there was none. */
export const InteractionSummary = z.object({
  total: z.int(),
  byKind: z.object({ call: counted, email: counted, meeting: counted, message: counted, note: counted }),
  firstAt: z.nullable(timestamp()),
  lastAt: z.nullable(timestamp()),
});
export type InteractionSummary = z.infer<typeof InteractionSummary>;
