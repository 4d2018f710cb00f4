import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import { listSubmissionItems, readSubmission, submissionOf } from '../store/submissions.ts';

/** A submission as it arrived. Refusals: 404. */
export const getSubmission: Handler<typeof intakeRoutes.getSubmission> = async (request, unit) => {
  const item = await readSubmission(unit.table, request.id);
  if (item === undefined) throw notFound('There is no such submission.');
  const submission = submissionOf(item);
  return ok(submission, { etag: etagOf(submission) });
};

/** Submissions, newest first, of one form or status if asked. */
export const listSubmissions: Handler<typeof intakeRoutes.listSubmissions> = async (request, unit) => {
  const { items, next } = await listSubmissionItems(unit.table, request.query, request.page);
  return page({ items: items.map(submissionOf), next });
};
