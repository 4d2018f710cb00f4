import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { longText, owner, tags, text } from '../core/text.ts';
import { commonFields, customFields, date, Money, timestamp, timestampInput } from '../core/values.ts';
import { lineItems } from './line-item.ts';

export const dealStatuses = ['open', 'won', 'lost'] as const;
export type DealStatus = (typeof dealStatuses)[number];
export const lossReasons = ['price', 'competitor', 'no-decision', 'timing', 'features', 'lost-contact', 'other'] as const;

/** Percent, 0 to 100, at most two decimals, so that amount × probability stays an exact integer computation. */
const percent = () =>
  z.number().check(
    z.minimum(0),
    z.maximum(100),
    z.refine((value) => Math.round(value * 100) / 100 === value, {
      error: 'at most two decimals',
      params: { code: 'decimals' },
    }),
  );

export const Stage = z.object({
  id: id('stage'),
  name: text(),
  probability: percent(),
  rottenAfterDays: z.optional(z.int().check(z.minimum(1), z.maximum(3650))),
});
export type Stage = z.infer<typeof Stage>;

export const Pipeline = z.object({ id: id('pipeline'), name: text(), stages: z.array(Stage), ...commonFields });
export type Pipeline = z.infer<typeof Pipeline>;

const DealContact = z.strictObject({ contactId: id('contact'), role: z.optional(text()) });

const writable = {
  name: text(),
  accountId: z.optional(id('account')),
  contacts: z._default(
    z.array(DealContact).check(
      z.maxLength(50),
      z.refine((contacts) => new Set(contacts.map((contact) => contact.contactId)).size === contacts.length, {
        error: 'a contact may be named once',
        params: { code: 'repeated' },
      }),
    ),
    [],
  ),
  leadId: z.optional(id('lead')),
  pipelineId: z.optional(id('pipeline')),
  stageId: z.optional(id('stage')),
  amount: z.optional(Money),
  lineItems: z._default(lineItems(), []),
  probability: z.optional(percent()),
  expectedCloseDate: z.optional(date()),
  owner: z.optional(owner()),
  source: z.optional(text()),
  campaign: z.optional(text()),
  tags: z._default(tags(), []),
  customFields: z.optional(customFields()),
};

/** The amount follows from line items, where there are some. */
const isAmountOnce = ({ amount, lineItems: lines }: { readonly amount?: unknown; readonly lineItems: readonly unknown[] }): boolean =>
  amount === undefined || lines.length === 0;
const givenTwice = { error: 'follows from the line items; give one or the other', path: ['amount'], params: { code: 'given_twice' } };

interface Parties {
  readonly accountId?: string | undefined;
  readonly leadId?: string | undefined;
  readonly contacts: readonly unknown[];
}
/** Whether a deal is with anybody. */
export const hasParty = ({ accountId, leadId, contacts }: Parties): boolean => Boolean(accountId ?? leadId) || contacts.length > 0;
export const partyMissing = { code: 'party_missing', detail: 'a deal needs an accountId, contacts or a leadId' } as const;

/** A deal as callers change it. One whose account was deleted may be with nobody, and can be changed nevertheless. */
export const DealEdit = z.strictObject(writable).check(z.refine(isAmountOnce, givenTwice));

/** A deal as callers open it: one of account, contacts and lead is needed. With line items its amount is the sum of their nets. */
export const DealInput = z
  .strictObject(writable)
  .check(z.refine(isAmountOnce, givenTwice), z.refine(hasParty, { error: partyMissing.detail, params: { code: partyMissing.code } }));
export type DealInput = z.output<typeof DealInput>;

/** The deal as its service keeps it. */
export const DealState = z.object({
  id: id('deal'),
  ...writable,
  pipelineId: id('pipeline'),
  stageId: id('stage'),
  probability: percent(),
  status: z.enum(dealStatuses),
  lostReason: z.optional(z.enum(lossReasons)),
  closedAt: z.optional(timestamp()),
  stageEnteredAt: timestamp(),
  ...commonFields,
});
export type DealState = z.infer<typeof DealState>;

/** The deal as events carry it: without its line items, which may be many. */
export const DealHeader = z.omit(DealState, { lineItems: true });
export type DealHeader = z.infer<typeof DealHeader>;

export const Deal = z.object({ ...DealState.shape, weightedAmount: z.optional(Money), rotten: z.boolean() });
export type Deal = z.infer<typeof Deal>;

export const MoveInput = z.strictObject({ stageId: id('stage') });
export const WinInput = z.strictObject({ closedAt: z.optional(timestampInput()) });
export const LoseInput = z.strictObject({ reason: z.enum(lossReasons), note: z.optional(longText()) });
export type LoseInput = z.output<typeof LoseInput>;

/** The board of a pipeline; `count`, `total` and `weighted` come from counters, so they cost the same however many deals there are. */
export const Board = z.object({
  stages: z.array(
    z.object({
      stageId: id('stage'),
      name: z.string(),
      probability: percent(),
      count: z.int(),
      total: z.array(Money),
      weighted: z.array(Money),
      deals: z.array(Deal),
      observed: z.object({ winRate: z.nullable(z.number()), sample: z.int(), insufficientHistory: z.boolean() }),
    }),
  ),
});
export type Board = z.infer<typeof Board>;
