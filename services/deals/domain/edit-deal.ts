import { isDeepStrictEqual } from 'node:util';
import { DealStageChanged, DealUpdated } from '#contracts/events/deals.ts';
import type { DealInput, DealState, Pipeline, Stage } from '#contracts/resources/deal.ts';
import { type Change, changed, type DealRecord, enter, type Fact, openDeal, said } from './deal.ts';

/** What a caller may change, stage and pipeline apart, which it enters. */
const plainFields = [
  'name',
  'accountId',
  'contacts',
  'leadId',
  'amount',
  'lineItems',
  'probability',
  'expectedCloseDate',
  'owner',
  'source',
  'campaign',
  'tags',
  'customFields',
] as const;

/** The fields of a deal that a merge patch is laid over. An amount that follows from line items is none of them. */
export const writableOf = (deal: DealState): Readonly<Record<string, unknown>> => {
  const fields = Object.fromEntries([...plainFields, 'pipelineId' as const, 'stageId' as const].map((field) => [field, deal[field]]));
  return deal.lineItems.length === 0 ? fields : { ...fields, amount: undefined };
};

/**
 * The deal with a caller's edit, in the stage given (absent: where it is). In another stage than before it takes that stage's probability, unless the edit sets
 * another one; without a probability it takes its stage's, or 100 and 0 when it is closed. Undefined when nothing changes.
 */
export const editDeal = (
  record: DealRecord,
  edit: DealInput,
  target: { readonly pipeline: Pipeline; readonly stage: Stage } | undefined,
  now: string,
): Change | undefined => {
  const before = record.deal;
  const entry = before.status === 'open' && target?.stage.id !== before.stageId ? target : undefined;
  const entered = entry ? enter(record, entry.pipeline.id, entry.stage, now) : record;
  const { pipelineId, stageId, stageEnteredAt, probability: standing } = entered.deal;
  const untouched = before.status !== 'open' || (entry && edit.probability === before.probability);
  const probability = untouched ? standing : (edit.probability ?? target?.stage.probability ?? standing);

  const { id, status, lostReason, closedAt, createdAt, updatedAt, version } = before;
  const after: DealState = {
    id,
    ...edit,
    status,
    createdAt,
    updatedAt,
    version,
    pipelineId,
    stageId,
    stageEnteredAt,
    probability,
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(lostReason === undefined ? {} : { lostReason }),
  };
  // The probability that comes with a stage is no edit of its own.
  const fields = plainFields.filter((field) => !(entry && field === 'probability') && !isDeepStrictEqual(before[field], after[field]));
  if (fields.length === 0 && !entry) return undefined;

  const next = changed(entered, after, now);
  const facts: Fact[] = [];
  if (fields.length > 0) {
    // Line items may be many: that they changed is said, not what they were.
    const previous = Object.fromEntries(fields.flatMap((field) => (field === 'lineItems' ? [] : [[field, before[field] ?? null]])));
    facts.push({ contract: DealUpdated, data: { deal: next.deal, changed: fields, previous } });
  }
  if (entry) {
    facts.push({ contract: DealStageChanged, data: { deal: next.deal, from: before.stageId, to: stageId, stageName: entry.stage.name } });
  }
  return said(next, facts);
};

/** An open deal with the fields of another in a first stage, with that stage's probability, and with whom the other is with now. */
export const cloneDeal = (
  id: string,
  source: DealState,
  parties: Pick<DealState, 'accountId' | 'contacts' | 'leadId'>,
  name: string | undefined,
  pipeline: Pipeline,
  stage: Stage,
  now: string,
): Change => {
  const {
    probability: _probability,
    accountId: _account,
    leadId: _lead,
    ...fields
  } = Object.fromEntries(plainFields.flatMap((field) => (source[field] === undefined ? [] : [[field, source[field]]])));
  const { tags, lineItems } = source;
  return openDeal(id, { ...fields, name: name ?? source.name, ...parties, tags, lineItems }, pipeline, stage, now);
};
