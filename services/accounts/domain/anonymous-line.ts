import { isRecord } from '#contracts/core/json.ts';
import { erasedMark, type Redact } from '#contracts/core/redaction.ts';

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

/** A line of an account's timeline that may name the person; the company's own data is none of the person's. */
export const redactedData = (data: Data, redact: Redact, accountIsThePerson: boolean): Data => {
  const { account, accountName, ...rest } = data;
  return {
    ...redact(rest),
    ...(accountName === undefined ? {} : { accountName: accountIsThePerson ? erasedMark : accountName }),
    ...(isRecord(account)
      ? { account: accountIsThePerson ? { ...picked(account, ['id', 'kind', 'type']), name: erasedMark } : account }
      : {}),
  };
};
