import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { route } from '../core/route.ts';
import { email, text } from '../core/text.ts';
import { listOf } from '../core/values.ts';
import {
  Account,
  AccountInput,
  accountTypes,
  Contact,
  ContactInput,
  MergeAccountInput,
  MergeContactInput,
  MoveContactInput,
} from '../resources/account.ts';
import { ConversionPreview, ConversionPreviewInput } from '../resources/conversion.ts';
import { Erasure, ErasureReceipt } from '../resources/erasure.ts';
import { Interaction, InteractionInput, InteractionSummary, interactionKinds } from '../resources/interaction.ts';
import { TimelineEntry } from '../resources/lead.ts';
import { filter } from './query.ts';

const merged = { 301: 'It was merged; `Location` names the survivor' } as const;

const timelineQuery = z.object({ kind: z.optional(z.enum(interactionKinds)) });

const tag = z.optional(text().check(z.toLowerCase()));

/** Operations of the accounts service: accounts and contacts. */
export const accountsRoutes = {
  createAccount: route({
    method: 'POST',
    path: '/v1/accounts',
    access: 'accounts',
    summary: 'Create an account',
    body: { kind: 'json', schema: AccountInput },
    answer: { status: 201, schema: Account, headers: ['Location', 'ETag'] },
  }),
  listAccounts: route({
    method: 'GET',
    path: '/v1/accounts',
    access: 'accounts',
    summary: 'List accounts',
    list: true,
    query: z.object({
      type: z.optional(z.enum(accountTypes)),
      segment: filter(),
      owner: filter(),
      tag,
      domain: filter(),
      q: filter(),
    }),
    answer: { status: 200, schema: listOf(Account) },
  }),
  getAccount: route({
    method: 'GET',
    path: '/v1/accounts/{accountId}',
    access: 'accounts',
    summary: 'Read an account',
    answer: { status: 200, also: merged, schema: Account, headers: ['ETag'] },
  }),
  updateAccount: route({
    method: 'PATCH',
    path: '/v1/accounts/{accountId}',
    access: 'accounts',
    summary: 'Change an account',
    body: { kind: 'merge-patch', schema: AccountInput },
    answer: { status: 200, schema: Account, headers: ['ETag'] },
    problems: ['merged'],
  }),
  listAccountContacts: route({
    method: 'GET',
    path: '/v1/accounts/{accountId}/contacts',
    access: 'accounts',
    summary: 'List the contacts of an account',
    list: true,
    answer: { status: 200, also: merged, schema: listOf(Contact) },
  }),
  createContact: route({
    method: 'POST',
    path: '/v1/contacts',
    access: 'accounts',
    summary: 'Create a contact',
    body: { kind: 'json', schema: ContactInput },
    answer: { status: 201, schema: Contact, headers: ['Location', 'ETag'] },
    problems: ['duplicate'],
  }),
  listContacts: route({
    method: 'GET',
    path: '/v1/contacts',
    access: 'accounts',
    summary: 'List contacts',
    list: true,
    query: z.object({ accountId: z.optional(id('account')), email: z.optional(email()), owner: filter(), tag, q: filter() }),
    answer: { status: 200, schema: listOf(Contact) },
  }),
  getContact: route({
    method: 'GET',
    path: '/v1/contacts/{contactId}',
    access: 'accounts',
    summary: 'Read a contact',
    answer: { status: 200, also: merged, schema: Contact, headers: ['ETag'] },
  }),
  updateContact: route({
    method: 'PATCH',
    path: '/v1/contacts/{contactId}',
    access: 'accounts',
    summary: 'Change a contact',
    description:
      'A past e-mail becomes a former one and still finds the contact. Another `accountId` moves the contact; the one it left is kept in `formerAccounts`.',
    body: { kind: 'merge-patch', schema: ContactInput },
    answer: { status: 200, schema: Contact, headers: ['ETag'] },
    problems: ['duplicate', 'merged'],
  }),
  deleteAccount: route({
    method: 'DELETE',
    path: '/v1/accounts/{accountId}',
    access: 'accounts',
    summary: 'Delete an account',
    description: 'One with contacts or deals: 409, unless `cascade=detach`; they then stay without an account.',
    query: z.object({ cascade: z.optional(z.enum(['detach'])) }),
    answer: { status: 204 },
    problems: ['in-use', 'merged'],
  }),
  mergeAccount: route({
    method: 'POST',
    path: '/v1/accounts/{accountId}/merge',
    access: 'accounts',
    summary: 'Fold another account into this one',
    description:
      'Blanks are filled, tags united; contacts, deals, subsidiaries, history and counters follow. Differing values are kept in the timeline. ' +
      'The other id redirects here from then on.',
    body: { kind: 'json', schema: MergeAccountInput },
    answer: { status: 200, schema: Account, headers: ['ETag'] },
    problems: ['merged'],
  }),
  listAccountTimeline: route({
    method: 'GET',
    path: '/v1/accounts/{accountId}/timeline',
    access: 'accounts',
    summary: 'What happened to an account, its contacts, its deals and the leads before, newest first',
    description: '`kind` leaves only interactions of that kind.',
    list: true,
    query: timelineQuery,
    answer: { status: 200, also: merged, schema: listOf(TimelineEntry) },
  }),
  getAccountInteractions: route({
    method: 'GET',
    path: '/v1/accounts/{accountId}/interactions/summary',
    access: 'accounts',
    summary: 'How often there was contact with an account, first and last',
    answer: { status: 200, also: merged, schema: InteractionSummary },
  }),
  deleteContact: route({
    method: 'DELETE',
    path: '/v1/contacts/{contactId}',
    access: 'accounts',
    summary: 'Delete a contact',
    description: 'Its e-mail addresses, former ones too, are free again.',
    answer: { status: 204 },
    problems: ['merged'],
  }),
  moveContact: route({
    method: 'POST',
    path: '/v1/contacts/{contactId}/move',
    access: 'accounts',
    summary: 'Move a contact to another account, or to none',
    description: 'The account it leaves is kept in `formerAccounts`. Moving to where it is changes nothing.',
    body: { kind: 'json', schema: MoveContactInput },
    answer: { status: 200, schema: Contact, headers: ['ETag'] },
    problems: ['merged'],
  }),
  mergeContact: route({
    method: 'POST',
    path: '/v1/contacts/{contactId}/merge',
    access: 'accounts',
    summary: 'Fold another contact into this one',
    description:
      'Blanks are filled, tags united; deals, history and interactions follow, its e-mails become former ones of this contact. Differing ' +
      'values are kept in the timeline. The other id redirects here from then on.',
    body: { kind: 'json', schema: MergeContactInput },
    answer: { status: 200, schema: Contact, headers: ['ETag'] },
    problems: ['merged'],
  }),
  eraseContact: route({
    method: 'POST',
    path: '/v1/contacts/{contactId}/erase',
    access: 'accounts',
    summary: 'Erase the person behind a contact',
    description:
      'The contact is gone at once. Within a minute so is the person, from every service; what stays is anonymous. The proof is at ' +
      '`GET /v1/erasures/{erasureId}`. It cannot be undone.',
    answer: { status: 202, schema: ErasureReceipt, headers: ['Location'] },
    problems: ['merged'],
  }),
  getErasure: route({
    method: 'GET',
    path: '/v1/erasures/{erasureId}',
    access: 'accounts',
    summary: 'Read the proof of an erasure',
    description: 'What was cleaned where, and until when archives and backups, which nobody can edit, still hold something.',
    answer: { status: 200, schema: Erasure, headers: ['ETag'] },
  }),
  listContactTimeline: route({
    method: 'GET',
    path: '/v1/contacts/{contactId}/timeline',
    access: 'accounts',
    summary: 'What happened to a contact, its deals and the leads before, newest first',
    description: '`kind` leaves only interactions of that kind.',
    list: true,
    query: timelineQuery,
    answer: { status: 200, also: merged, schema: listOf(TimelineEntry) },
  }),
  getContactInteractions: route({
    method: 'GET',
    path: '/v1/contacts/{contactId}/interactions/summary',
    access: 'accounts',
    summary: 'How often there was contact with a person, first and last',
    answer: { status: 200, also: merged, schema: InteractionSummary },
  }),
  logInteraction: route({
    method: 'POST',
    path: '/v1/interactions',
    access: 'accounts',
    summary: 'Log a call, e-mail, meeting, message or note',
    description: 'One with an `externalId` that came before: 200 with the first. A merged contact or account stands for its survivor.',
    body: { kind: 'json', schema: InteractionInput },
    answer: {
      status: 201,
      schema: Interaction,
      headers: ['Location', 'ETag'],
      also: { 200: 'It was logged before' },
    },
  }),
  getInteraction: route({
    method: 'GET',
    path: '/v1/interactions/{interactionId}',
    access: 'accounts',
    summary: 'Read an interaction',
    answer: { status: 200, schema: Interaction, headers: ['ETag'] },
  }),
  previewConversion: route({
    method: 'POST',
    path: '/v1/conversions/preview',
    access: 'accounts',
    summary: 'See what converting a lead would come to',
    description: 'Nothing changes.',
    body: { kind: 'json', schema: ConversionPreviewInput },
    answer: { status: 200, schema: ConversionPreview },
  }),
};
