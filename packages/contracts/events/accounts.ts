import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { AccountState, Contact } from '../resources/account.ts';
import { Interaction } from '../resources/interaction.ts';
import { LeadState } from '../resources/lead.ts';
import { ConversionWish } from '../resources/qualification.ts';

export const LeadConverted = event({
  name: 'LeadConverted',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A qualified lead became a contact at an account.',
  data: z.object({
    leadId: id('lead'),
    contactId: id('contact'),
    accountId: id('account'),
    contactCreated: z.boolean(),
    accountCreated: z.boolean(),
    accountName: z.string(),
    conversion: ConversionWish,
    /** What a deal is opened with, and where the lead came from. */
    lead: z.partial(LeadState),
  }),
});

export const ConversionFailed = event({
  name: 'ConversionFailed',
  schemaVersion: 1,
  sources: ['accounts', 'deals'],
  summary: 'A qualified lead could not be converted; the reason says what is to be mended before asking again.',
  // `qualifiedBy` is the `sequence` of the LeadQualified that is answered: qualification knows by it which attempt failed.
  data: z.object({ leadId: id('lead'), reason: z.string(), qualifiedBy: z.string() }),
});

export const AccountCreated = event({
  name: 'AccountCreated',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'An account came to be, by a caller or by a conversion.',
  data: z.object({ account: AccountState }),
});

export const AccountUpdated = event({
  name: 'AccountUpdated',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'Fields of an account changed.',
  data: z.object({ account: AccountState, changed: z.array(z.string()) }),
});

export const ContactCreated = event({
  name: 'ContactCreated',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A contact came to be, by a caller or by a conversion.',
  data: z.object({ contact: Contact }),
});

export const ContactUpdated = event({
  name: 'ContactUpdated',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'Fields of a contact changed.',
  data: z.object({ contact: Contact, changed: z.array(z.string()) }),
});

/** What the source said otherwise than the survivor, which kept its own: nothing is lost with a merge. */
const conflicts = z.record(z.string(), z.unknown());

export const AccountMerged = event({
  name: 'AccountMerged',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'An account was folded into this one with its contacts, deals and history; `conflicts` holds its differing values.',
  data: z.object({ account: AccountState, sourceId: id('account'), conflicts }),
});

export const AccountDeleted = event({
  name: 'AccountDeleted',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A caller deleted an account; with `detached` its contacts and deals stay without one.',
  data: z.object({ account: AccountState, detached: z.boolean() }),
});

export const AccountContactsMoved = event({
  name: 'AccountContactsMoved',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'Some of what belonged to a merged or deleted account was moved on (`to` is absent for a deleted one); more is left.',
  data: z.object({ from: id('account'), to: z.optional(id('account')) }),
});

export const ContactMoved = event({
  name: 'ContactMoved',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A person changed companies; the history stays with both.',
  data: z.object({ contact: Contact, from: z.optional(id('account')), to: z.optional(id('account')) }),
});

export const ContactMerged = event({
  name: 'ContactMerged',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A contact was folded into this one; `deals` are those that named it, `conflicts` holds its differing values.',
  data: z.object({ contact: Contact, sourceId: id('contact'), deals: z.array(id('deal')), conflicts }),
});

export const ContactDeleted = event({
  name: 'ContactDeleted',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'A caller deleted a contact; its e-mail addresses are free again.',
  data: z.object({ contact: Contact }),
});

export const InteractionLogged = event({
  name: 'InteractionLogged',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'Somebody called, wrote, met or noted something about a lead, contact, account or deal.',
  data: z.object({ interaction: Interaction }),
});
