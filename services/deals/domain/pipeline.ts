import type { Pipeline, Stage } from '#contracts/resources/deal.ts';

export const stageOf = (pipeline: Pipeline, stageId: string): Stage | undefined => pipeline.stages.find((stage) => stage.id === stageId);

/** Where a deal begins. A pipeline has one stage at least. */
export const firstStage = (pipeline: Pipeline): Stage => {
  const [first] = pipeline.stages;
  if (first === undefined) throw new Error(`the pipeline ${pipeline.id} has no stage`);
  return first;
};
