import { AccountRecord, accountRecordKey, ContactRecord, contactRecordKey } from '#contracts/records/account.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';

/** The contact, or the one that stands for it after merges (a declared foreign read); undefined when it is gone. */
export const readContact = async (table: Reader, contactId: string): Promise<Contact | undefined> => {
  for (let id: string | undefined = contactId; id !== undefined; ) {
    const item = await table.get(contactRecordKey(id));
    if (item === undefined) return undefined;
    const { contact, gone } = ContactRecord.parse(item.data);
    if (contact !== undefined && gone === undefined) return contact;
    id = gone?.into;
  }
  return undefined;
};

/** The account, or the one that stands for it after merges (a declared foreign read); undefined when it is gone. */
export const readAccount = async (table: Reader, accountId: string): Promise<AccountState | undefined> => {
  for (let id: string | undefined = accountId; id !== undefined; ) {
    const item = await table.get(accountRecordKey(id));
    if (item === undefined) return undefined;
    const { account, gone } = AccountRecord.parse(item.data);
    if (account !== undefined && gone === undefined) return account;
    id = gone?.into;
  }
  return undefined;
};

/** Whether a contact was erased (a declared foreign read): what is still told of it must not bring it back. */
export const isErasedContact = async (table: Reader, contactId: string): Promise<boolean> => {
  const item = await table.get(contactRecordKey(contactId));
  return item !== undefined && ContactRecord.parse(item.data).gone?.reason === 'erased';
};
