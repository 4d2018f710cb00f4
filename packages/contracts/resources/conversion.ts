import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { LeadInput } from './lead.ts';

/** A lead that might be converted, and what a caller would name for it. */
export const ConversionPreviewInput = z.strictObject({
  lead: LeadInput,
  accountId: z.optional(id('account')),
  contactId: z.optional(id('contact')),
});

const contactBy = ['given', 'email'] as const;
const accountBy = ['given', 'contact', 'domain', 'name'] as const;

/**
 * What converting a lead would come to: `match` is who is known already, `by` how it was found; both null when one would be created.
 * `fills` are the fields of contact and account that would get a value.
 */
export const ConversionPreview = z.object({
  contact: z.object({ match: z.nullable(id('contact')), by: z.nullable(z.enum(contactBy)), fills: z.array(z.string()) }),
  account: z.object({ match: z.nullable(id('account')), by: z.nullable(z.enum(accountBy)), fills: z.array(z.string()) }),
});
export type ConversionPreview = z.infer<typeof ConversionPreview>;
