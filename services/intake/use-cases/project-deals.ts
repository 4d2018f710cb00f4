import * as z from 'zod/mini';
import { idPattern } from '#contracts/core/ids.ts';
import type { DealCreated, DealDeleted, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import type { EventHandler, ReceivedEvent } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { afterDeal, afterWin } from '../domain/standing.ts';
import { leadDealWrite, readLeadDeal } from '../store/lead-deals.ts';
import { type DealChange, type Projection, project } from './project-lead.ts';

const dealShown = ({ id, name, amount, accountId, pipelineId, stageId, closedAt }: ReceivedEvent<typeof DealCreated>['data']['deal']) => ({
  dealId: id,
  name,
  amount,
  accountId,
  pipelineId,
  stageId,
  closedAt,
});

/** Shows a deal of the lead; the one that its conversion opened is what it was converted to. */
export const recordDeal: EventHandler<typeof DealCreated> = async (event, unit) => {
  const { deal } = event.data;
  if (deal.leadId === undefined) return;
  // A conversion's deal follows from an event, a caller's from a request.
  const fromConversion = idPattern('event').test(event.metadata.causationId);
  await project(event, unit, {
    leadId: deal.leadId,
    standing: (before) => (fromConversion ? afterDeal(before, deal.id, event.metadata.occurredAt) : undefined),
    shown: dealShown(deal),
  });
};

type DealEvent = ReceivedEvent<typeof DealWon | typeof DealReopened | typeof DealUpdated | typeof DealDeleted>;

/** What is counted of a deal follows its own events in their order: an older one changes nothing. `isLeft`: it is the lead's no more. */
const dealChange = async (
  unit: UnitOfWork,
  leadId: string,
  { detailType, data: { deal }, metadata: { sequence } }: DealEvent,
  isLeft = detailType === 'DealDeleted',
): Promise<DealChange | undefined> => {
  const item = await readLeadDeal(unit.table, leadId, deal.id);
  const before = item?.data;
  if (before !== undefined && before.sequence >= sequence) return undefined;
  const won = deal.status === 'won' && !isLeft;
  const { amount } = deal;
  return {
    won: Number(won) - Number(before?.won === true),
    gained: won && amount !== undefined ? [amount] : [],
    lost: before?.won === true && before.amount !== undefined ? [before.amount] : [],
    write: leadDealWrite(leadId, deal.id, item, { sequence, won, amount }),
  };
};

/** The lead is a customer; what the deal was won for counts for its source. */
export const recordWin: EventHandler<typeof DealWon> = async (event, unit) => {
  const { deal } = event.data;
  const { leadId } = deal;
  if (leadId === undefined) return;
  await project(event, unit, {
    leadId,
    standing: (before) => afterWin(before, event.metadata.occurredAt),
    shown: dealShown(deal),
    deals: () => dealChange(unit, leadId, event),
  });
};

/** A deal that was won is open again, or deleted: it no longer counts as won. */
export const recordReopening: EventHandler<typeof DealReopened | typeof DealDeleted> = async (event, unit) => {
  const { deal } = event.data;
  const { leadId } = deal;
  if (leadId === undefined) return;
  await project(event, unit, { leadId, standing: () => undefined, shown: dealShown(deal), deals: () => dealChange(unit, leadId, event) });
};

/** Whose deal it was before, where that has changed. */
const Former = z.object({ leadId: z.nullish(z.string()) });

/** Another amount of a won deal counts, and so does its being another lead's from now on; other changes of deals are none of the lead's. */
export const recordDealUpdate: EventHandler<typeof DealUpdated> = async (event, unit) => {
  const { deal, changed, previous } = event.data;
  if (deal.status !== 'won' || !(changed.includes('amount') || changed.includes('leadId'))) return;
  const former = changed.includes('leadId') ? Former.parse(previous).leadId : undefined;
  const projectionOn = (leadId: string, isLeft: boolean): Projection => ({
    leadId,
    standing: () => undefined,
    shown: { ...dealShown(deal), changed },
    deals: () => dealChange(unit, leadId, event, isLeft),
  });
  const { leadId } = deal;
  await project(
    event,
    unit,
    ...(leadId === undefined ? [] : [projectionOn(leadId, false)]),
    ...(former == null ? [] : [projectionOn(former, true)]),
  );
};
