import { serveHttp } from '#runtime/http.ts';
import { accounts } from './service.ts';
import { createAccount } from './use-cases/create-account.ts';
import { createContact } from './use-cases/create-contact.ts';
import { deleteAccount } from './use-cases/delete-account.ts';
import { deleteContact } from './use-cases/delete-contact.ts';
import { eraseContact, getErasure } from './use-cases/erase-contact.ts';
import { getAccount } from './use-cases/get-account.ts';
import { getContact } from './use-cases/get-contact.ts';
import { listAccounts } from './use-cases/list-accounts.ts';
import { listAccountContacts, listContacts } from './use-cases/list-contacts.ts';
import { getInteraction, logInteraction } from './use-cases/log-interaction.ts';
import { mergeAccount } from './use-cases/merge-account.ts';
import { mergeContact } from './use-cases/merge-contact.ts';
import { moveContact } from './use-cases/move-contact.ts';
import { previewConversion } from './use-cases/preview-conversion.ts';
import { getAccountInteractions, getContactInteractions, listAccountTimeline, listContactTimeline } from './use-cases/read-timeline.ts';
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
  deleteAccount,
  mergeAccount,
  listAccountTimeline,
  getAccountInteractions,
  deleteContact,
  moveContact,
  mergeContact,
  eraseContact,
  getErasure,
  listContactTimeline,
  getContactInteractions,
  logInteraction,
  getInteraction,
  previewConversion,
};

export const handler = serveHttp({ service: accounts, handlers });
