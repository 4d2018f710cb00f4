import { defaultPipelineId } from '#contracts/records/pipeline.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import type { pipelineRoutes } from '#contracts/routes/deal-pipelines.ts';
import { type Answer, created, noContent, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { conflict, invalid, invalidField, notFound } from '#runtime/problem.ts';
import { editPipeline, makePipeline, unknownStages } from '../domain/pipeline.ts';
import { closeStages, mostStagesClosed } from '../store/counters.ts';
import { createPipelineWrite, deletePipelineWrite, readPipeline, replacePipeline } from '../store/pipelines.ts';

const etag = (pipeline: Pipeline, rev: number) => ({ etag: etagOf({ version: pipeline.version, derived: rev }) });

const answerWith = (pipeline: Pipeline, rev: number): Answer => ok(pipeline, etag(pipeline, rev));

/** Makes a pipeline. @throws {Problem} 422 when a stage has an id: all are new. */
export const createPipeline: Handler<(typeof pipelineRoutes)['createPipeline']> = async ({ body }, unit) => {
  const errors = unknownStages(undefined, body);
  if (errors.length > 0) throw invalid(errors);
  const pipeline = makePipeline(unit.newId('pipeline'), body, () => unit.newId('stage'), unit.now);
  const answer = created(`/v1/pipelines/${pipeline.id}`, pipeline, etag(pipeline, 1));
  await unit.commit({ writes: [createPipelineWrite(pipeline)], answer });
  return answer;
};

/**
 * Renames a pipeline, changes, reorders, adds or removes its stages.
 *
 * @throws {Problem} 404, 412; 422 for a stage that it does not have, or more removed than one transaction can close; 409 when an open deal is in a stage that
 *   is to go.
 */
export const updatePipeline: Handler<(typeof pipelineRoutes)['updatePipeline']> = async (request, unit) => {
  const before = await readPipeline(unit.table, request.id);
  if (!before) throw notFound('There is no such pipeline.');
  request.assertIfMatch(before.pipeline.version);
  const { name, stages } = before.pipeline;
  const input = request.merge({ name, stages });
  const errors = unknownStages(before.pipeline, input);
  if (errors.length > 0) throw invalid(errors);
  const edit = editPipeline(before.pipeline, input, () => unit.newId('stage'), unit.now);
  if (!edit) return answerWith(before.pipeline, before.rev);
  const { after, removed } = edit;
  if (removed.length > mostStagesClosed) {
    throw invalidField('/stages', 'too_many_removed', `at most ${mostStagesClosed} stages can be removed at a time`);
  }
  const closing = await closeStages(
    unit.table,
    after.id,
    removed.map(({ id }) => id),
  );
  if (!closing) throw conflict('in-use', 'There are open deals in a stage that is to be removed.');
  const answer = answerWith(after, before.rev + 1);
  await unit.commit({ writes: [replacePipeline(after, before), ...closing], answer });
  return answer;
};

/** Deletes a pipeline. @throws {Problem} 404, 412; 409 for the default one, one with open deals, or one of too many stages. */
export const deletePipeline: Handler<(typeof pipelineRoutes)['deletePipeline']> = async (request, unit) => {
  const before = await readPipeline(unit.table, request.id);
  if (!before) throw notFound('There is no such pipeline.');
  const { pipeline } = before;
  request.assertIfMatch(pipeline.version);
  if (pipeline.id === defaultPipelineId) throw conflict('in-use', 'Deals begin in the default pipeline; it can be changed, not deleted.');
  if (pipeline.stages.length > mostStagesClosed) {
    throw conflict('in-use', `A pipeline of more than ${mostStagesClosed} stages must be shortened before it is deleted.`);
  }
  const closing = await closeStages(
    unit.table,
    pipeline.id,
    pipeline.stages.map(({ id }) => id),
  );
  if (!closing) throw conflict('in-use', 'There are open deals in this pipeline.');
  await unit.commit({ writes: [deletePipelineWrite(before), ...closing] });
  return noContent();
};
