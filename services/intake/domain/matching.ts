import type { LeadState } from '#contracts/resources/lead.ts';

/** What a lead is found by when another may be the same person: its phone number, and its name together with its company. */
export interface MatchKeys {
  /** E.164. */
  readonly phone: string | undefined;
  /** Folded name and folded company. */
  readonly nameAndCompany: readonly [string, string] | undefined;
}

/** Case, accents, punctuation and spacing don't tell people or companies apart. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

type Matched = Pick<LeadState, 'phoneE164' | 'firstName' | 'lastName' | 'company'>;

/** By what a lead may be found to be a duplicate. A first name alone says too little. */
export const matchKeysOf = ({ phoneE164, firstName, lastName, company }: Matched): MatchKeys => {
  const name = lastName === undefined ? '' : folded(`${firstName ?? ''} ${lastName}`);
  const foldedCompany = folded(company ?? '');
  return { phone: phoneE164, nameAndCompany: name === '' || foldedCompany === '' ? undefined : [name, foldedCompany] };
};
