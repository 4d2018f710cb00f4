import * as z from 'zod/mini';
import { defaultPipeline, defaultPipelineId, PipelineRecord, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

/** A pipeline as read; `rev` 0 for the default one while nobody has changed it. */
export interface StoredPipeline {
  readonly pipeline: Pipeline;
  readonly rev: number;
}

/** One partition: pipelines are few. */
const allPipelines = partition('deals', 'pipelines');

const pipelineItem = (pipeline: Pipeline): Draft => ({
  ...pipelineRecordKey(pipeline.id),
  kind: 'pipeline',
  data: { pipeline },
  indexes: { gsi1: { pk: allPipelines, sk: pipeline.id } },
});

const storedPipeline = (item: Item): StoredPipeline => ({ pipeline: z.parse(PipelineRecord, item.data).pipeline, rev: item.rev });

export const createPipelineWrite = (pipeline: Pipeline): Write => ({ op: 'create', item: pipelineItem(pipeline) });

/** The next state of a pipeline; the default one is written with its first change. */
export const replacePipeline = (pipeline: Pipeline, { rev }: StoredPipeline): Write =>
  rev === 0 ? createPipelineWrite(pipeline) : { op: 'replace', item: pipelineItem(pipeline), ifRev: rev };

export const deletePipelineWrite = ({ pipeline, rev }: StoredPipeline): Write => ({
  op: 'delete',
  key: pipelineRecordKey(pipeline.id),
  ifRev: rev,
});

export const readPipeline = async (table: Reader, pipelineId: string): Promise<StoredPipeline | undefined> => {
  const item = await table.get(pipelineRecordKey(pipelineId));
  if (item) return storedPipeline(item);
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

const perRead = 100;

/** All pipelines, newest first, the default one last. */
export const readAllPipelines = async (table: Reader): Promise<Pipeline[]> => {
  const found: Pipeline[] = [];
  let after: string | undefined;
  do {
    const { items, more } = await table.query({
      partition: allPipelines,
      index: 'gsi1',
      descending: true,
      limit: perRead,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...items.map((item) => storedPipeline(item).pipeline));
    after = more ? found.at(-1)?.id : undefined;
  } while (after !== undefined);
  const { pipeline } = await readDefaultPipeline(table);
  return [...found.filter(({ id }) => id !== defaultPipelineId), pipeline];
};
