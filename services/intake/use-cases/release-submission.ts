import type { Submission } from '#contracts/resources/form.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import { mapForm } from '../domain/form-fields.ts';
import { readFormRecord } from '../store/forms.ts';
import { readSubmission, submissionDraft, submissionOf } from '../store/submissions.ts';
import { captureLead } from './capture-lead.ts';
import { readFormLead } from './read-form-lead.ts';

/**
 * Makes of spam that was none what it would have been: a lead, or a touch of one. Input: the submission's id. Output: the submission;
 * one that is not spam as it is. Refusals: 404, 412, and 422 for what the form would have refused.
 */
export const releaseSubmission: Handler<typeof intakeRoutes.releaseSubmission> = async (request, unit) => {
  const item = await readSubmission(unit.table, request.id);
  if (item === undefined) throw notFound('There is no such submission.');
  const submission = submissionOf(item);
  request.assertIfMatch(submission.version);
  if (submission.status !== 'spam') return ok(submission, { etag: etagOf(submission) });
  const form = await readFormRecord(unit.table, submission.formId);
  if (form === undefined) throw notFound('The form of this submission is gone.');
  const { form: settings } = form.data;
  return captureLead(unit, {
    request,
    fields: readFormLead(settings, mapForm(settings, submission.payload), unit.now),
    defaults: { source: settings.source, channel: settings.channel },
    formId: settings.id,
    submissionId: submission.id,
    onKnown: 'touch',
    isReceiptOnly: true,
    conclude: ({ lead }) => {
      const released: Submission = {
        ...submission,
        status: 'accepted',
        leadId: lead.id,
        updatedAt: unit.now,
        version: submission.version + 1,
      };
      return {
        writes: [{ op: 'replace', item: submissionDraft(released), ifRev: item.rev }],
        answer: ok(released, { etag: etagOf(released) }),
      };
    },
  });
};
