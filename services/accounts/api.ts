import { serveHttp } from '#runtime/http.ts';
import { accounts } from './service.ts';
import { createAccount } from './use-cases/create-account.ts';
import { createContact } from './use-cases/create-contact.ts';
import { getAccount } from './use-cases/get-account.ts';
import { getContact } from './use-cases/get-contact.ts';
import { listAccounts } from './use-cases/list-accounts.ts';
import { listAccountContacts, listContacts } from './use-cases/list-contacts.ts';
import { updateAccount } from './use-cases/update-account.ts';
import { updateContact } from './use-cases/update-contact.ts';

export const handlers = {
  createAccount,
  listAccounts,
  getAccount,
  updateAccount,
  listAccountContacts,
  createContact,
  listContacts,
  getContact,
  updateContact,
};

export const handler = serveHttp({ service: accounts, handlers });
