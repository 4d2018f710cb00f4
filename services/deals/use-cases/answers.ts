import type { Pipeline } from '#contracts/resources/deal.ts';
import { type Answer, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import { toResource } from '../domain/deal.ts';
import { stageOf } from '../domain/pipeline.ts';
import type { StoredDeal } from '../store/deals.ts';

/** A deal with its entity tag, which changes also when it rots. */
export const dealAnswer = ({ deal, rev }: Pick<StoredDeal, 'deal' | 'rev'>, pipeline: Pipeline | undefined, now: string): Answer => {
  const body = toResource(deal, pipeline && stageOf(pipeline, deal.stageId), now);
  return ok(body, { etag: etagOf({ version: deal.version, derived: rev * 2 + Number(body.rotten) }) });
};
