import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { text } from '../core/text.ts';
import { Stage } from './deal.ts';

const StageInput = z.strictObject({ ...Stage.shape, id: z.optional(id('stage')) });

/** A pipeline as callers write it: its stages in order; one without `id` is new, one that is left out is removed. */
export const PipelineInput = z.strictObject({
  name: text(),
  stages: z.array(StageInput).check(
    z.minLength(1),
    z.maxLength(50),
    z.refine(
      (stages) => {
        const ids = stages.flatMap((stage) => stage.id ?? []);
        return new Set(ids).size === ids.length;
      },
      { error: 'a stage may be named once', params: { code: 'repeated' } },
    ),
  ),
});
export type PipelineInput = z.output<typeof PipelineInput>;
