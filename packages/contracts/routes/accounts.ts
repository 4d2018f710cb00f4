import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { route } from '../core/route.ts';
import { email, text } from '../core/text.ts';
import { listOf } from '../core/values.ts';
import { Account, AccountInput, accountTypes, Contact, ContactInput } from '../resources/account.ts';
import { filter } from './query.ts';

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
    answer: { status: 200, schema: Account, headers: ['ETag'] },
  }),
  updateAccount: route({
    method: 'PATCH',
    path: '/v1/accounts/{accountId}',
    access: 'accounts',
    summary: 'Change an account',
    body: { kind: 'merge-patch', schema: AccountInput },
    answer: { status: 200, schema: Account, headers: ['ETag'] },
  }),
  listAccountContacts: route({
    method: 'GET',
    path: '/v1/accounts/{accountId}/contacts',
    access: 'accounts',
    summary: 'List the contacts of an account',
    list: true,
    answer: { status: 200, schema: listOf(Contact) },
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
    answer: { status: 200, schema: Contact, headers: ['ETag'] },
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
    problems: ['duplicate'],
  }),
};
