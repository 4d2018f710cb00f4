import type { Address } from '#contracts/core/values.ts';
import type { AccountState, Contact } from '#contracts/resources/account.ts';
import type { DealState } from '#contracts/resources/deal.ts';
import type { LeadState } from '#contracts/resources/lead.ts';

/** Whom a document is for, by id. */
export interface Parties {
  readonly accountId?: string | undefined;
  readonly contactIds: readonly string[];
  readonly leadId?: string | undefined;
}

/** Name and address as they stand on paper. */
export interface Recipient {
  readonly name: string;
  readonly lines: readonly string[];
}

/**
 * What a document that was sent or issued holds on to beside its contents. A company's name and address are kept as they were then; a person's are read
 * each time, so that no copy outlives an erasure.
 */
export interface Frozen {
  /** Version of the billing settings; 0 when there were none. */
  readonly billing: number;
  readonly parties: Parties;
  readonly company?: Recipient | undefined;
}

export const partiesOf = ({ accountId, contacts, leadId }: Pick<DealState, 'accountId' | 'contacts' | 'leadId'>): Parties => ({
  ...(accountId === undefined ? {} : { accountId }),
  contactIds: contacts.map(({ contactId }) => contactId),
  ...(leadId === undefined ? {} : { leadId }),
});

/** An address in the order most of the world writes it, one line each for what is there. */
export const addressLines = ({ street, postalCode, city, region, country }: Address): string[] => {
  const town = [postalCode, city].filter((part) => part !== undefined).join(' ');
  return [...(street?.split('\n') ?? []), town, region, country].filter((line): line is string => line !== undefined && line !== '');
};

const billingAddress = (addresses: readonly Address[]): string[] => {
  const chosen = addresses.find(({ label }) => /billing|invoice/i.test(label ?? '')) ?? addresses[0];
  return chosen === undefined ? [] : addressLines(chosen);
};

/** A company's or an individual's account on paper; what bears the label billing is its address, else the first one. */
export const accountRecipient = ({ name, addresses }: AccountState): Recipient => ({ name, lines: billingAddress(addresses) });

const fullName = (person: { readonly firstName?: string | undefined; readonly lastName?: string | undefined }): string =>
  [person.firstName, person.lastName].filter((part) => part !== undefined).join(' ');

export const contactRecipient = (contact: Contact): Recipient => ({
  name: fullName(contact) || (contact.email ?? ''),
  lines: billingAddress(contact.addresses),
});

export const leadRecipient = (lead: LeadState): Recipient => {
  const person = fullName(lead);
  const name = lead.company ?? (person || (lead.email ?? ''));
  return { name, lines: [...(lead.company !== undefined && person ? [person] : []), ...(lead.address ? addressLines(lead.address) : [])] };
};
