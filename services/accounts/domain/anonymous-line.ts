import * as z from 'zod/mini';
import { isRecord } from '#contracts/core/json.ts';
import { erasedMark, type Redact } from '#contracts/core/redaction.ts';
import { Contact } from '#contracts/resources/account.ts';
import { withoutMention, withoutPerson } from './person.ts';

/** Members of what was said that tell nothing of a person: ids, states, numbers, sources. */
const impersonal = [
  'leadId',
  'contactId',
  'accountId',
  'dealId',
  'sourceId',
  'from',
  'to',
  'changed',
  'status',
  'amount',
  'stageName',
  'closedAt',
  'score',
  'rating',
  'source',
  'campaign',
  'channel',
  'contactCreated',
  'accountCreated',
] as const;

/** Members of an interaction that tell only that there was one. */
const ofInteraction = ['id', 'kind', 'direction', 'occurredAt', 'accountId', 'dealId'] as const;

type Data = Readonly<Record<string, unknown>>;

const picked = (data: Data, names: readonly string[]): Data =>
  Object.fromEntries(Object.entries(data).filter(([name]) => names.includes(name)));

/** What stays of a line about an erased person in the timeline of the account: that it happened. */
export const anonymousData = (detailType: string, data: Data, redact: Redact): Data => {
  const { name, reason, interaction } = data;
  return {
    ...picked(data, impersonal),
    ...(detailType.startsWith('Deal') ? redact(picked({ name, reason }, ['name', 'reason'])) : {}),
    ...(isRecord(interaction) ? { interaction: picked(interaction, ofInteraction) } : {}),
  };
};

// What stays as it was told, defaults included, is not looked at.
const { customFields, jobTitle, role } = Contact.shape;
const labelled = z.optional(z.array(z.object({ label: z.string(), value: z.string() })));
const Told = z.object({
  account: z.optional(z.looseObject({ phones: labelled, emails: labelled, customFields })),
  contact: z.optional(z.looseObject({ emails: labelled, customFields, jobTitle, role })),
});

/** A line of somebody else that may name the person; what it says of the other, or of a company, is none of the person's. */
export const redactedData = (
  data: Data,
  { redact, held }: { readonly redact: Redact; readonly held: ReadonlySet<string> },
  accountIsThePerson = false,
): Data => {
  const { account, contact, accountName, ...rest } = data;
  const told = Told.safeParse({ account, contact }).data ?? {};
  return {
    ...redact(rest),
    ...(accountName === undefined ? {} : { accountName: accountIsThePerson ? erasedMark : accountName }),
    ...(told.contact === undefined ? {} : { contact: withoutMention(told.contact, redact, held) }),
    ...(told.account === undefined
      ? {}
      : { account: accountIsThePerson ? markedAccount(told.account) : withoutPerson(told.account, redact) }),
  };
};

const markedAccount = (account: Data): Data => ({ ...picked(account, ['id', 'kind', 'type']), name: erasedMark });

/** A line about an account that is the person: that it happened. */
export const anonymousAccountData = (detailType: string, data: Data, redact: Redact): Data => ({
  ...anonymousData(detailType, data, redact),
  ...(isRecord(data.account) ? { account: markedAccount(data.account) } : {}),
});
