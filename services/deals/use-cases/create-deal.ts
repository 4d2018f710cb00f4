import type { FieldError } from '#contracts/core/problems.ts';
import { defaultPipelineId } from '#contracts/records/pipeline.ts';
import type { DealInput, Pipeline, Stage } from '#contracts/resources/deal.ts';
import type { dealsRoutes } from '#contracts/routes/deals.ts';
import { created } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalid } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { openDeal } from '../domain/deal.ts';
import { firstStage, stageOf } from '../domain/pipeline.ts';
import { dealEffect } from '../store/deals.ts';
import { readPipeline } from '../store/pipelines.ts';
import { readReferences } from '../store/references.ts';
import { dealAnswer } from './answers.ts';
import { amountOf } from './valuation.ts';

export type Target = { readonly pipeline: Pipeline; readonly stage: Stage };

/** Pipeline and stage that a caller names: the default pipeline and the first stage unless told. */
export const targetOf = async (
  table: Reader,
  { pipelineId = defaultPipelineId, stageId }: Pick<DealInput, 'pipelineId' | 'stageId'>,
): Promise<Target | FieldError> => {
  const pipeline = (await readPipeline(table, pipelineId))?.pipeline;
  if (!pipeline) return { pointer: '/pipelineId', code: 'unknown_id', detail: 'there is no such pipeline' };
  const stage = stageId === undefined ? firstStage(pipeline) : stageOf(pipeline, stageId);
  return stage ? { pipeline, stage } : { pointer: '/stageId', code: 'unknown_id', detail: 'there is no such stage in the pipeline' };
};

/**
 * Opens a deal.
 *
 * @throws {Problem} 422 for a pipeline, stage, account, contact or lead that does not exist, or a lead that is not qualified.
 */
export const createDeal: Handler<(typeof dealsRoutes)['createDeal']> = async ({ body }, unit) => {
  const { pipelineId, stageId, ...input } = body;
  const [target, { errors, checks }] = await Promise.all([
    targetOf(unit.table, { pipelineId, stageId }),
    readReferences(unit.table, {
      accountId: input.accountId,
      contacts: input.contacts.map(({ contactId }, i) => ({ contactId, pointer: `/contacts/${i}/contactId` })),
      leadId: input.leadId,
    }),
  ]);
  if ('pointer' in target) throw invalid([target, ...errors]);
  if (errors.length > 0) throw invalid(errors);

  const change = openDeal(unit.newId('deal'), amountOf(input), target.pipeline, target.stage, unit.now);
  const { deal } = change.next;
  const { body: resource, ...options } = dealAnswer({ deal, rev: 1 }, target.pipeline, unit.now);
  const answer = created(`/v1/deals/${deal.id}`, resource, options);
  const { writes, events } = dealEffect(undefined, change);
  await unit.commit({ writes: [...writes, ...checks], events, answer });
  return answer;
};
