import type { DataOf } from '#contracts/core/event.ts';
import type { LeadConverted } from '#contracts/events/accounts.ts';
import type { DealInput } from '#contracts/resources/deal.ts';

type Converted = DataOf<typeof LeadConverted>;

const longestName = 500;

const fitting = (name: string): string => {
  if (name.length <= longestName) return name;
  // Not in the middle of a surrogate pair.
  const cut = name.slice(0, longestName);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
};

/** `<company or person> – <interest or "New deal">`. */
const dealNameFor = ({ lead, accountName }: Converted): string => {
  const person = [lead.firstName, lead.lastName].filter((part) => part !== undefined).join(' ');
  return fitting(`${lead.company ?? (person || accountName)} – ${lead.interest ?? 'New deal'}`);
};

/** The deal that a conversion opens: what was wished for, else what the lead says. */
export const dealInputFor = (converted: Converted): Omit<DealInput, 'pipelineId' | 'stageId'> => {
  const { lead, conversion } = converted;
  const { name, amount, expectedCloseDate } = conversion.deal ?? {};
  return {
    name: name ?? dealNameFor(converted),
    accountId: converted.accountId,
    contacts: [{ contactId: converted.contactId }],
    leadId: converted.leadId,
    lineItems: [],
    tags: [],
    ...(lead.source === undefined ? {} : { source: lead.source }),
    ...(lead.campaign === undefined ? {} : { campaign: lead.campaign }),
    ...(lead.owner === undefined ? {} : { owner: lead.owner }),
    ...(amount === undefined ? {} : { amount }),
    ...(expectedCloseDate === undefined ? {} : { expectedCloseDate }),
  };
};
