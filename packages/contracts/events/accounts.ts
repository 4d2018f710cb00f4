import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { AccountState, Contact } from '../resources/account.ts';
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
    lead: LeadState,
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
