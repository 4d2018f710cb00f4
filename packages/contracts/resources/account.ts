import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { email, owner, phone, tags, text } from '../core/text.ts';
import { Address, commonFields, customFields, Money, socialProfiles, timestamp } from '../core/values.ts';
import { Consent } from './lead.ts';

export const accountKinds = ['business', 'individual'] as const;
export const accountTypes = ['prospect', 'customer', 'partner', 'supplier', 'reseller', 'other'] as const;
export type AccountType = (typeof accountTypes)[number];

const upTo50 = <T extends z.ZodMiniType>(item: T) => z.array(item).check(z.maxLength(50));
const labelled = (value: z.ZodMiniType<string>) => upTo50(z.strictObject({ label: text(), value }));

/** A DNS name, lower-cased: `acme.example`. */
const domain = () =>
  z.string().check(
    z.trim(),
    z.toLowerCase(),
    z.maxLength(253),
    z.regex(/^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u, {
      error: 'must be a domain such as acme.example',
    }),
  );

const writable = {
  name: text(),
  kind: z._default(z.enum(accountKinds), 'business'),
  type: z._default(z.enum(accountTypes), 'prospect'),
  segment: z.optional(text()),
  domain: z.optional(domain()),
  website: z.optional(text()),
  industry: z.optional(text()),
  employees: z.optional(z.int().check(z.minimum(0))),
  annualRevenue: z.optional(Money),
  phones: z._default(labelled(phone()), []),
  emails: z._default(labelled(email()), []),
  addresses: z._default(upTo50(Address), []),
  socialProfiles: z.optional(socialProfiles()),
  parentAccountId: z.optional(id('account')),
  owner: z.optional(owner()),
  tags: z._default(tags(), []),
  customFields: z.optional(customFields()),
};

/** A company or individual we do business with. */
export const AccountInput = z.strictObject(writable);
export type AccountInput = z.output<typeof AccountInput>;

/** The account as its service keeps it and as events carry it. */
export const AccountState = z.object({ id: id('account'), ...writable, ...commonFields });
export type AccountState = z.infer<typeof AccountState>;

export const Account = z.object({
  ...AccountState.shape,
  contactCount: z.int(),
  openDeals: z.int(),
  wonDeals: z.int(),
  wonAmount: z.array(Money),
});
export type Account = z.infer<typeof Account>;

const contactWritable = {
  accountId: z.optional(id('account')),
  firstName: z.optional(text()),
  lastName: z.optional(text()),
  jobTitle: z.optional(text()),
  role: z.optional(text()),
  email: z.optional(email()),
  emails: z._default(labelled(email()), []),
  phones: z._default(labelled(phone()), []),
  addresses: z._default(upTo50(Address), []),
  socialProfiles: z.optional(socialProfiles()),
  owner: z.optional(owner()),
  tags: z._default(tags(), []),
  consent: z.optional(Consent),
  customFields: z.optional(customFields()),
  leadId: z.optional(id('lead')),
};

/** A person; needs an `email`, a phone, or a name. */
export const ContactInput = z.strictObject(contactWritable).check(
  z.refine((contact) => Boolean(contact.email ?? contact.firstName ?? contact.lastName) || contact.phones.length > 0, {
    error: 'a contact needs an email, a phone, or a name',
    params: { code: 'contact_missing' },
  }),
);
export type ContactInput = z.output<typeof ContactInput>;

export const Contact = z.object({
  id: id('contact'),
  ...contactWritable,
  formerAccounts: z.array(z.object({ accountId: id('account'), until: timestamp() })),
  formerEmails: z.array(email()),
  ...commonFields,
});
export type Contact = z.infer<typeof Contact>;

export const MoveContactInput = z.strictObject({ accountId: z.nullable(id('account')) });

export const MergeAccountInput = z.strictObject({ sourceId: id('account') });
export const MergeContactInput = z.strictObject({ sourceId: id('contact') });
