import type * as z from 'zod/mini';
import type { DealState } from '#contracts/resources/deal.ts';
import type { dealsRoutes } from '#contracts/routes/deals.ts';

export type DealFilters = z.output<NonNullable<(typeof dealsRoutes)['listDeals']['query']>>;

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** Whether a deal is one of those wanted: all filters hold. Days are inclusive, `q` begins the name in any case. */
export const filterOf = ({ q, tag, contactId, closeAfter, closeBefore, ...equal }: DealFilters): ((deal: DealState) => boolean) => {
  const beginning = q === undefined ? undefined : folded(q);
  const { status, pipelineId, stageId, owner, accountId, leadId } = equal;
  const same = <T>(wanted: T | undefined, actual: T | undefined): boolean => wanted === undefined || wanted === actual;
  return (deal) =>
    same(status, deal.status) &&
    same(pipelineId, deal.pipelineId) &&
    same(stageId, deal.stageId) &&
    same(owner, deal.owner) &&
    same(accountId, deal.accountId) &&
    same(leadId, deal.leadId) &&
    (tag === undefined || deal.tags.includes(tag)) &&
    (contactId === undefined || deal.contacts.some((contact) => contact.contactId === contactId)) &&
    (closeAfter === undefined || (deal.expectedCloseDate !== undefined && deal.expectedCloseDate >= closeAfter)) &&
    (closeBefore === undefined || (deal.expectedCloseDate !== undefined && deal.expectedCloseDate <= closeBefore)) &&
    (beginning === undefined || folded(deal.name).startsWith(beginning));
};
