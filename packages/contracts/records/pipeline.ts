import * as z from 'zod/mini';
import { Pipeline } from '../resources/deal.ts';

const pipelineCollection = (pipelineId: string): string => `deals#pipeline#${pipelineId}`;

/**
 * Key of a pipeline's record, which qualification may read to know that it exists. The default pipeline has none until someone changes it:
 * its id is valid always.
 */
export const pipelineRecordKey = (pipelineId: string) => ({ pk: pipelineCollection(pipelineId), sk: 'record' });

export const PipelineRecord = z.object({ pipeline: Pipeline });
export type PipelineRecord = z.infer<typeof PipelineRecord>;

export const defaultPipelineId = 'pipe_01J00000000000000000000000';

const setUpAt = '2026-01-01T00:00:00.000Z';

/** The pipeline that is there from the start (contract.md section 5). */
export const defaultPipeline: Pipeline = {
  id: defaultPipelineId,
  name: 'Default pipeline',
  stages: [
    { id: 'stage_01J00000000000000000000001', name: 'Qualification', probability: 10 },
    { id: 'stage_01J00000000000000000000002', name: 'Discovery', probability: 20 },
    { id: 'stage_01J00000000000000000000003', name: 'Proposal', probability: 50 },
    { id: 'stage_01J00000000000000000000004', name: 'Negotiation', probability: 75 },
    { id: 'stage_01J00000000000000000000005', name: 'Commitment', probability: 90 },
  ],
  createdAt: setUpAt,
  updatedAt: setUpAt,
  version: 1,
};
