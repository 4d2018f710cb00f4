import { domainOfEmail, isFreeMailDomain } from '#contracts/core/free-mail.ts';
import type { AccountState } from '#contracts/resources/account.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { comparableName } from './company-name.ts';

/** What an account is found by when a lead is converted. An individual is found by neither: a person's name is no company's. */
export interface Claims {
  readonly domain?: string;
  readonly name?: string;
}

/** The domain of a company's own e-mail; undefined for free-mail. */
export const companyDomain = (email: string | undefined): string | undefined => {
  if (email === undefined) return undefined;
  const domain = domainOfEmail(email);
  return isFreeMailDomain(domain) ? undefined : domain;
};

const claims = (domain: string | undefined, name: string | undefined): Claims => ({
  ...(domain === undefined || isFreeMailDomain(domain) ? {} : { domain }),
  ...(name === undefined ? {} : { name }),
});

/** Under which domain and name this account is to be found. */
export const claimsOf = (account: AccountState): Claims =>
  account.kind === 'individual' ? {} : claims(account.domain, comparableName(account.name));

/** Under which domain and name a lead's account is looked for. */
export const wantedBy = (lead: LeadState): Claims =>
  claims(companyDomain(lead.email), lead.company === undefined ? undefined : comparableName(lead.company));
