import * as z from 'zod/mini';
import { isRecord } from '#contracts/core/json.ts';
import { erasedMark, type Redact } from '#contracts/core/redaction.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import { readAccount } from './recipients.ts';

/** What is none of a person: what is sold, and the company it is sold to. */
export const impersonal = ['lines', 'lineItems', 'company'];

/** Members of what hangs on a deal that somebody wrote in prose. */
const prose = ['body', 'title', 'notes', 'note', 'url'];

/**
 * Whether a deal is with a person that is erased, so that what was written about it is about that person: with an individual that accounts
 * has made anonymous (in its first round; there is a second), or with no account and nobody else.
 */
export const isPersonal = async (table: Reader, accountId: string | undefined, isAlone: boolean): Promise<boolean> => {
  const account = accountId === undefined ? undefined : await readAccount(table, accountId);
  return account === undefined ? isAlone : account.kind === 'individual' && account.name === erasedMark;
};

const Named = z.looseObject({ contacts: z.optional(z.array(z.looseObject({ contactId: z.string() }))) });

/** A deal's data without the contacts that are erased. */
const withoutContacts = (data: unknown, contactIds: ReadonlySet<string>): unknown => {
  const { contacts, ...rest } = Named.parse(data);
  return contacts === undefined ? data : { ...rest, contacts: contacts.filter(({ contactId }) => !contactIds.has(contactId)) };
};

const wiped = (member: unknown, name: string): unknown => (prose.includes(name) && typeof member === 'string' ? wipedText(member) : member);
const wipedText = (text: string): string => (/^https?:\/\//i.test(text) ? `${new URL(text).protocol}//erased.invalid/` : erasedMark);

/** What was written about somebody's deal, without a word of it. */
const withoutProse = (data: unknown): unknown => {
  if (Array.isArray(data)) return data.map(withoutProse);
  if (!isRecord(data)) return data;
  return Object.fromEntries(
    Object.entries(data)
      .filter(([name]) => name !== 'customFields')
      .map(([name, member]) => [name, typeof member === 'object' ? withoutProse(member) : wiped(member, name)]),
  );
};

const Line = z.looseObject({
  detail: z.looseObject({
    data: z.looseObject({
      interaction: z.looseObject({ leadId: z.optional(z.string()), contactId: z.optional(z.string()) }),
    }),
  }),
});

/** What is known of a deal that is to be cleaned. */
export interface Erased {
  readonly redact: Redact;
  readonly contactIds: ReadonlySet<string>;
  readonly leadIds: ReadonlySet<string>;
  /** There is nobody else on the deal. */
  readonly isAlone: boolean;
  readonly isPersonal: boolean;
}

/** An interaction with an erased person, as a line of the deal's timeline: that there was one. */
const withoutWords = (data: unknown, { contactIds, leadIds, isAlone }: Erased): unknown => {
  const parsed = Line.safeParse(data);
  if (!parsed.success) return data;
  const { contactId, leadId, subject: _subject, externalId: _externalId, ...rest } = parsed.data.detail.data.interaction;
  const isTheirs = contactId === undefined ? isAlone : contactIds.has(contactId);
  if (!isTheirs && (leadId === undefined || !leadIds.has(leadId))) return data;
  const interaction = { ...rest, ...(contactId === undefined ? {} : { contactId }), ...(leadId === undefined ? {} : { leadId }) };
  return { ...parsed.data, detail: { ...parsed.data.detail, data: { ...parsed.data.detail.data, interaction } } };
};

/** A deal of an erased person, or what hangs on it: events, notes, documents, tasks, quotes and invoices. */
export const cleanedData = ({ kind, data }: Item, erased: Erased): unknown => {
  const redacted = erased.redact(kind === 'deal' ? withoutContacts(data, erased.contactIds) : withoutWords(data, erased));
  return erased.isPersonal ? withoutProse(redacted) : redacted;
};
