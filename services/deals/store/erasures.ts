import * as z from 'zod/mini';
import { isRecord } from '#contracts/core/json.ts';
import { erasedMark, type Redact } from '#contracts/core/redaction.ts';
import { AccountRecord, accountRecordKey } from '#contracts/records/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';

/** What is none of a person: what is sold, and the company it is sold to. */
export const impersonal = ['lines', 'lineItems', 'company'];

/** Members of what hangs on a deal that somebody wrote in prose. */
const prose = ['body', 'title', 'notes', 'note', 'url'];

/** Whether an account is a person, or is no more: then what was written about its deals is about that person. */
export const isPersonal = async (table: Reader, accountId: string | undefined): Promise<boolean> => {
  if (accountId === undefined) return true;
  const item = await table.get(accountRecordKey(accountId));
  return (item === undefined ? undefined : AccountRecord.parse(item.data).account)?.kind !== 'business';
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

/** An interaction with an erased person, as a line of the deal's timeline: that there was one. */
const withoutWords = (data: unknown, isTheirs: (id: string) => boolean): unknown => {
  const parsed = Line.safeParse(data);
  if (!parsed.success) return data;
  const { interaction } = parsed.data.detail.data;
  if (![interaction.leadId, interaction.contactId].some((id) => id !== undefined && isTheirs(id))) return data;
  const { subject: _subject, externalId: _externalId, ...rest } = interaction;
  return { ...parsed.data, detail: { ...parsed.data.detail, data: { ...parsed.data.detail.data, interaction: rest } } };
};

/** A deal of an erased person, or what hangs on it: events, notes, documents, tasks, quotes and invoices. */
export const cleanedData = (
  { kind, data }: Item,
  {
    redact,
    contactIds,
    isTheirs,
    personal,
  }: {
    readonly redact: Redact;
    readonly contactIds: ReadonlySet<string>;
    readonly isTheirs: (id: string) => boolean;
    readonly personal: boolean;
  },
): unknown => {
  const redacted = redact(kind === 'deal' ? withoutContacts(data, contactIds) : withoutWords(data, isTheirs));
  return personal ? withoutProse(redacted) : redacted;
};
