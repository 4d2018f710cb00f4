import type { FieldError } from '#contracts/core/problems.ts';
import { type DealInput, type DealState, hasParty, type Pipeline, partyMissing } from '#contracts/resources/deal.ts';
import type { dealsRoutes } from '#contracts/routes/deals.ts';
import type { Handler } from '#runtime/handlers.ts';
import { illegalTransition, invalid } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { editDeal, writableOf } from '../domain/edit-deal.ts';
import { stageOf } from '../domain/pipeline.ts';
import type { StoredDeal } from '../store/deals.ts';
import { type References, readReferences } from '../store/references.ts';
import { commitChange, dealToChange } from './change-deal.ts';
import { type Target, targetOf } from './create-deal.ts';
import { amountOf } from './valuation.ts';

/**
 * Changes fields of a deal. Into another pipeline it goes by that pipeline's first stage, unless a stage is given, too.
 *
 * @throws {Problem} 404, 412; 422 as for opening a deal; 409 when stage or probability of a closed deal would change.
 */
export const updateDeal: Handler<(typeof dealsRoutes)['updateDeal']> = async (request, unit) => {
  const { before, pipeline } = await dealToChange(request, unit);
  const { deal } = before;
  const edit = editOf(request, deal);
  // With nobody since its account was deleted is no fault of this change.
  if (hasParty(deal) && !hasParty(edit)) throw invalid([{ pointer: '', ...partyMissing }]);
  const [target, { errors, checks }] = await Promise.all([
    targetOfEdit(unit.table, before, pipeline, edit),
    readReferences(unit.table, newReferences(deal, edit)),
  ]);
  if (target && 'pointer' in target) throw invalid([target, ...errors]);
  if (errors.length > 0) throw invalid(errors);
  const isOtherStage = target !== undefined && target.stage.id !== deal.stageId;
  const isOtherProbability = edit.probability !== undefined && edit.probability !== deal.probability;
  if (deal.status !== 'open' && (isOtherStage || isOtherProbability)) throw illegalTransition(deal.status, 'open');

  const change = editDeal(before, edit, target, unit.now);
  return commitChange(unit, before, change, target?.pipeline ?? pipeline, checks);
};

/**
 * The deal's fields with the patch laid over them. First without the amount that stands, so that one which the patch gives is told apart: beside line items it
 * is refused, whereas line items alone take the place of the amount.
 */
const editOf = (request: Pick<Parameters<typeof updateDeal>[0], 'merge'>, deal: DealState): DealInput => {
  const fields = writableOf(deal);
  const edit = request.merge({ ...fields, amount: undefined });
  return amountOf(edit.lineItems.length > 0 ? edit : request.merge(fields));
};

/** Where the edit puts the deal; undefined when a closed deal stays in a stage that is no more. */
const targetOfEdit = async (
  table: Reader,
  { deal }: StoredDeal,
  pipeline: Pipeline | undefined,
  edit: DealInput,
): Promise<Target | FieldError | undefined> => {
  const staysInPipeline = edit.pipelineId === deal.pipelineId;
  if (staysInPipeline && edit.stageId === deal.stageId) {
    const stage = pipeline && stageOf(pipeline, deal.stageId);
    return stage && { pipeline, stage };
  }
  // A merged edit holds the present stage, which says nothing about another pipeline.
  const stageId = !staysInPipeline && edit.stageId === deal.stageId ? undefined : edit.stageId;
  return targetOf(table, { pipelineId: edit.pipelineId, stageId });
};

/** What a deal named before may be gone by now; only what is new must exist. */
const newReferences = (deal: DealState, edit: DealInput): References => {
  const known = new Set(deal.contacts.map(({ contactId }) => contactId));
  return {
    accountId: edit.accountId === deal.accountId ? undefined : edit.accountId,
    contacts: edit.contacts
      .map(({ contactId }, i) => ({ contactId, pointer: `/contacts/${i}/contactId` }))
      .filter(({ contactId }) => !known.has(contactId)),
    leadId: edit.leadId === deal.leadId ? undefined : edit.leadId,
  };
};
