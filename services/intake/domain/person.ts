import type { Identifiers } from '#contracts/core/redaction.ts';
import type { LeadState } from '#contracts/resources/lead.ts';

type Identifying = 'email' | 'phone' | 'phoneE164' | 'firstName' | 'lastName';
type Told = { readonly [Name in Identifying]?: LeadState[Name] | undefined };

/** What tells who a lead is, or was, wherever others wrote it. */
export const identifiersOf = ({ email, phone, phoneE164, firstName, lastName }: Told): Identifiers => ({
  emails: [email].filter((value) => value !== undefined),
  phones: [phone, phoneE164].filter((value) => value !== undefined),
  names: firstName === undefined && lastName === undefined ? [] : [{ firstName, lastName }],
});

/** The same of a lead that is there: the address it has is its person's alone. */
export const heldIdentifiersOf = (lead: Told): Identifiers => {
  const identifiers = identifiersOf(lead);
  return { ...identifiers, held: identifiers.emails };
};
