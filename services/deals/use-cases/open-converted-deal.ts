import type { LeadConverted } from '#contracts/events/accounts.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { dealInputFor } from '../domain/conversion.ts';
import { openDeal } from '../domain/deal.ts';
import { firstStage } from '../domain/pipeline.ts';
import { dealEffect } from '../store/deals.ts';
import { conversionMark } from '../store/lead-deals.ts';
import { readDefaultPipeline, readPipeline } from '../store/pipelines.ts';
import { readLeadGone } from '../store/references.ts';
import { presentParties } from '../store/survivors.ts';

/**
 * A converted lead gets its deal, if one was wished for: one for each lead, however often and however late its conversion is told. In the
 * pipeline asked for while that exists, else in the default one. An erased lead gets none: the deal's name would bring the person back.
 */
export const openConvertedDeal: EventHandler<typeof LeadConverted> = async ({ data }, unit) => {
  if (!data.conversion.createDeal) return;
  const wished = data.conversion.deal?.pipelineId;
  const [gone, asked] = await Promise.all([
    readLeadGone(unit.table, data.leadId),
    wished === undefined ? undefined : readPipeline(unit.table, wished),
  ]);
  if (gone?.reason === 'erased') return;
  const { pipeline } = asked ?? (await readDefaultPipeline(unit.table));

  const { accountId, contacts, leadId, ...fields } = dealInputFor(data);
  // Its account and contact may have been merged, or gone, before this was heard of, and its lead, too.
  const input = { ...fields, ...(await presentParties(unit.table, { accountId, contacts, leadId })) };
  const dealId = unit.newId('deal');
  const change = openDeal(dealId, input, pipeline, firstStage(pipeline), unit.now);
  await unit.commit({ ...dealEffect(undefined, change, 'linked'), guard: conversionMark(data.leadId, dealId) });
};
