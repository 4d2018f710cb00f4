import { route } from '../core/route.ts';
import { Pipeline } from '../resources/deal.ts';
import { PipelineInput } from '../resources/pipeline.ts';

/** Operations that change pipelines. */
export const pipelineRoutes = {
  createPipeline: route({
    method: 'POST',
    path: '/v1/pipelines',
    access: 'deals',
    summary: 'Make a pipeline',
    body: { kind: 'json', schema: PipelineInput },
    answer: { status: 201, schema: Pipeline, headers: ['Location', 'ETag'] },
  }),
  updatePipeline: route({
    method: 'PATCH',
    path: '/v1/pipelines/{pipelineId}',
    access: 'deals',
    summary: 'Rename a pipeline, change, reorder, add or remove its stages',
    description:
      '`stages` replaces the whole array: a stage with its `id` stays (renamed or moved), one without is new, one that is left out is removed, which takes that no open deal is in it (409), and is done for 6 stages at most at a time. A changed probability holds for deals that enter from now on.',
    body: { kind: 'merge-patch', schema: PipelineInput },
    answer: { status: 200, schema: Pipeline, headers: ['ETag'] },
    problems: ['in-use'],
  }),
  deletePipeline: route({
    method: 'DELETE',
    path: '/v1/pipelines/{pipelineId}',
    access: 'deals',
    summary: 'Delete a pipeline without open deals',
    description: 'The default pipeline can be changed, not deleted (409). One of more than 6 stages must be shortened first (409).',
    answer: { status: 204 },
    problems: ['in-use'],
  }),
};
