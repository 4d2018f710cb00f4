import type { AccountState, Contact } from '#contracts/resources/account.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { companyDomain } from './matching.ts';

const personName = (lead: LeadState): string | undefined => {
  const name = [lead.firstName, lead.lastName].filter((part) => part !== undefined).join(' ');
  return name === '' ? undefined : name;
};

const addressesOf = (lead: LeadState): Contact['addresses'] => {
  const address = {
    ...lead.address,
    ...(lead.country === undefined || lead.address?.country !== undefined ? {} : { country: lead.country }),
  };
  return Object.keys(address).length === 0 ? [] : [address];
};

const main = (value: string | undefined) => (value === undefined ? [] : [{ label: 'main', value }]);

/** What a lead tells about its person. The address is the company's where there is one. */
const offeredToContact = (lead: LeadState): Partial<Contact> => ({
  firstName: lead.firstName,
  lastName: lead.lastName,
  jobTitle: lead.jobTitle,
  email: lead.email,
  phones: main(lead.phone),
  addresses: lead.company === undefined ? addressesOf(lead) : [],
  socialProfiles: lead.socialProfiles,
  owner: lead.owner,
  tags: lead.tags,
  consent: lead.consent,
  customFields: lead.customFields,
  leadId: lead.id,
});

/** What a lead tells about its company. */
const offeredToAccount = (lead: LeadState): Partial<AccountState> => ({
  domain: companyDomain(lead.email),
  website: lead.website,
  addresses: addressesOf(lead),
  owner: lead.owner,
  ...(lead.kind === 'company' ? { phones: main(lead.phone) } : {}),
});

/** What may be filled in at a contact that is known already. Its e-mail is only given when no other contact holds it. */
export const contactFills = (lead: LeadState, accountId: string, emailIsFree: boolean): Partial<Contact> => {
  const { email, ...others } = offeredToContact(lead);
  return { ...others, accountId, ...(emailIsFree && email !== undefined ? { email } : {}) };
};

/** What may be filled in at an account that is known already. A person's account takes nothing of the company a lead names. */
export const accountFills = (account: AccountState, lead: LeadState): Partial<AccountState> => {
  if (account.kind === 'individual') return { owner: lead.owner };
  const { domain, ...others } = offeredToAccount(lead);
  return lead.company === undefined || domain === undefined ? others : { ...others, domain };
};

const common = (now: string) => ({ createdAt: now, updatedAt: now, version: 1 });

/** The contact that a lead becomes. One that names a company and nobody in it is named after the company. */
export const contactOf = (lead: LeadState, id: string, accountId: string, now: string): Contact => {
  const offered = offeredToContact(lead);
  const nameless = personName(lead) === undefined && lead.email === undefined && lead.phone === undefined;
  return {
    ...offered,
    ...(nameless ? { lastName: lead.company } : {}),
    id,
    accountId,
    emails: [],
    phones: offered.phones ?? [],
    addresses: offered.addresses ?? [],
    tags: offered.tags ?? [],
    formerAccounts: [],
    formerEmails: [],
    ...common(now),
  };
};

/** The account of a lead for which none was found: its company, or without one the person. */
export const accountOf = (lead: LeadState, id: string, now: string): AccountState => {
  const offered = offeredToAccount(lead);
  const account = {
    id,
    type: 'prospect' as const,
    phones: offered.phones ?? [],
    emails: [],
    tags: [],
    addresses: offered.addresses ?? [],
    owner: offered.owner,
    website: offered.website,
    ...common(now),
  };
  if (lead.company !== undefined) return { ...account, name: lead.company, kind: 'business', domain: offered.domain };
  return { ...account, name: personName(lead) ?? lead.email ?? lead.phone ?? lead.id, kind: 'individual' };
};
