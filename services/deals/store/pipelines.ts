import * as z from 'zod/mini';
import { defaultPipeline, defaultPipelineId, PipelineRecord, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';

/** A pipeline as read; `rev` 0 for the default one while nobody has changed it. */
export interface StoredPipeline {
  readonly pipeline: Pipeline;
  readonly rev: number;
}

export const readPipeline = async (table: Reader, pipelineId: string): Promise<StoredPipeline | undefined> => {
  const item = await table.get(pipelineRecordKey(pipelineId));
  if (item) return { pipeline: z.parse(PipelineRecord, item.data).pipeline, rev: item.rev };
  return pipelineId === defaultPipelineId ? { pipeline: defaultPipeline, rev: 0 } : undefined;
};

/** Deals begin here unless told otherwise; it is always there. */
export const readDefaultPipeline = async (table: Reader): Promise<StoredPipeline> =>
  (await readPipeline(table, defaultPipelineId)) ?? { pipeline: defaultPipeline, rev: 0 };

/** Pipelines by id, each read once. */
export const readPipelines = async (table: Reader, pipelineIds: readonly string[]): Promise<ReadonlyMap<string, Pipeline>> => {
  const read = await Promise.all([...new Set(pipelineIds)].map((pipelineId) => readPipeline(table, pipelineId)));
  return new Map(read.flatMap((stored) => (stored ? [[stored.pipeline.id, stored.pipeline]] : [])));
};
