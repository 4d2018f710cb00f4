import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '#contracts/core/problems.ts';
import type { Pipeline, Stage } from '#contracts/resources/deal.ts';
import type { PipelineInput } from '#contracts/resources/pipeline.ts';

export const stageOf = (pipeline: Pipeline, stageId: string): Stage | undefined => pipeline.stages.find((stage) => stage.id === stageId);

/** Where a deal begins. A pipeline has one stage at least. */
export const firstStage = (pipeline: Pipeline): Stage => {
  const [first] = pipeline.stages;
  if (first === undefined) throw new Error(`the pipeline ${pipeline.id} has no stage`);
  return first;
};

type NewStageId = () => string;

const stagesOf = ({ stages }: PipelineInput, newId: NewStageId): Stage[] =>
  stages.map(({ id, ...stage }) => ({ id: id ?? newId(), ...stage }));

/** Stages that the input names and the pipeline does not have: only those that are there can be named. */
export const unknownStages = (pipeline: Pipeline | undefined, { stages }: PipelineInput): FieldError[] =>
  stages.flatMap(({ id }, i) =>
    id === undefined || (pipeline && stageOf(pipeline, id))
      ? []
      : [{ pointer: `/stages/${i}/id`, code: 'unknown_id', detail: 'there is no such stage in the pipeline' }],
  );

export const makePipeline = (id: string, input: PipelineInput, newId: NewStageId, now: string): Pipeline => ({
  id,
  name: input.name,
  stages: stagesOf(input, newId),
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** The pipeline with a caller's edit and the stages that it loses; undefined when nothing changes. */
export const editPipeline = (
  before: Pipeline,
  input: PipelineInput,
  newId: NewStageId,
  now: string,
): { readonly after: Pipeline; readonly removed: readonly Stage[] } | undefined => {
  const stages = stagesOf(input, newId);
  if (before.name === input.name && isDeepStrictEqual(before.stages, stages)) return undefined;
  const after = { ...before, name: input.name, stages, updatedAt: now, version: before.version + 1 };
  return { after, removed: before.stages.filter(({ id }) => !stageOf(after, id)) };
};
