import type { Pipeline } from '#contracts/resources/deal.ts';
import type { Answer } from '#runtime/answer.ts';
import type { HttpRequest } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import type { Change } from '../domain/deal.ts';
import { dealEffect, readDeal, type StoredDeal } from '../store/deals.ts';
import { readPipeline } from '../store/pipelines.ts';
import { dealAnswer } from './answers.ts';

/**
 * The deal that the path names, with its pipeline.
 *
 * @throws {Problem} 404 when there is none, 412 when a caller changed it since the version that the request names.
 */
export const dealToChange = async (
  request: Pick<HttpRequest, 'id' | 'assertIfMatch'>,
  unit: UnitOfWork,
): Promise<{ readonly before: StoredDeal; readonly pipeline: Pipeline | undefined }> => {
  const before = await readDeal(unit.table, request.id);
  if (!before) throw notFound('There is no such deal.');
  request.assertIfMatch(before.deal.version);
  return { before, pipeline: (await readPipeline(unit.table, before.deal.pipelineId))?.pipeline };
};

/** Commits a change of a deal and answers with the deal; without a change it answers with the deal as it is. */
export const commitChange = async (
  unit: UnitOfWork,
  before: StoredDeal,
  change: Change | undefined,
  pipeline: Pipeline | undefined,
  checks: readonly Write[] = [],
): Promise<Answer> => {
  if (!change) return dealAnswer(before, pipeline, unit.now);
  const answer = dealAnswer({ deal: change.next.deal, rev: before.rev + 1 }, pipeline, unit.now);
  const { writes, events } = dealEffect(before, change);
  await unit.commit({ writes: [...writes, ...checks], events, answer });
  return answer;
};
