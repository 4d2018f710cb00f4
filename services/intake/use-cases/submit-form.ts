import type { Form, Submission } from '#contracts/resources/form.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { type Answer, accepted, seeOther } from '#runtime/answer.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { invalidField, notFound, tooManyRequests } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { isSpam } from '../domain/form-fields.ts';
import { defined, fitsResource } from '../domain/lead.ts';
import type { FormCache } from '../store/forms.ts';
import type { RateLimiter } from '../store/rates.ts';
import { type Receipt, sameContentGuard, submissionDraft } from '../store/submissions.ts';
import { captureLead } from './capture-lead.ts';
import { readFormLead } from './read-form-lead.ts';

type Route = typeof intakeRoutes.submitForm;

/** What one function instance keeps between submissions. */
export interface SubmissionDesk {
  readonly forms: FormCache;
  readonly rates: RateLimiter;
}

/** The same content came from the same form within 10 minutes. */
class SameContent extends Error {
  override readonly name = 'SameContent';
  readonly first: Receipt;

  constructor(first: Receipt) {
    super('the same content was submitted before');
    this.first = first;
  }
}

const receive = async (request: HttpRequest<Route>, unit: UnitOfWork, form: Form, permitWrites: readonly Write[]): Promise<Answer> => {
  const payload = request.fields;
  const id = unit.newId('submission');
  const answerOf = (receipt: Receipt): Answer =>
    form.redirectUrl !== undefined && (request.header('accept') ?? '').toLowerCase().includes('text/html')
      ? seeOther(form.redirectUrl)
      : accepted(receipt);
  const submission: Submission = defined({
    id,
    formId: form.id,
    status: 'accepted' as const,
    payload,
    receivedAt: unit.now,
    ip: request.sourceIp === '' ? undefined : request.sourceIp,
    userAgent: request.userAgent?.slice(0, 500),
    referrer: request.header('referer')?.slice(0, 2_000),
    createdAt: unit.now,
    updatedAt: unit.now,
    version: 1,
  });
  if (!fitsResource(submission)) throw invalidField('', 'too_big', 'a submission must not exceed 64 KiB');
  const receipt = { submissionId: id, receivedAt: unit.now };
  const answer = answerOf(receipt);
  const once = sameContentGuard(form.id, payload, receipt, (first) => new SameContent(first));
  const writesFor = (kept: Submission): Write[] => [once, { op: 'create', item: submissionDraft(kept) }, ...permitWrites];

  try {
    if (isSpam(form, payload)) {
      await unit.commit({ writes: writesFor({ ...submission, status: 'spam' }), answer });
      return answer;
    }
    return await captureLead(unit, {
      request,
      fields: readFormLead(form, payload, unit.now),
      defaults: { source: form.source, channel: form.channel },
      formId: form.id,
      submissionId: id,
      onKnown: 'touch',
      conclude: ({ lead }) => ({ writes: writesFor({ ...submission, leadId: lead.id }), answer }),
    });
  } catch (error) {
    if (!(error instanceof SameContent)) throw error;
    const first = answerOf(error.first);
    if (permitWrites.length > 0) await unit.commit({ writes: permitWrites, answer: first });
    return first;
  }
};

/**
 * Takes in a form post. Input: any fields, as read. Output: 202 with a receipt, or 303 to the form's page for a browser's navigation; the
 * same for a new person, a known one and spam. Refusals: 404 no such form or an inactive one, 429 beyond its limit per source address,
 * 422 naming the sender's fields.
 */
export const submitForm =
  ({ forms, rates }: SubmissionDesk): Handler<Route> =>
  async (request, unit) => {
    const formId = request.params.formId ?? '';
    const form = await forms.active(unit.table, formId);
    if (form === undefined) throw notFound('There is no such form.');
    const permit = await rates.permit(unit.table, form.id, request.sourceIp, form.submissionsPerMinute);
    if (permit.kind === 'refused') throw tooManyRequests(permit.retryAfterSeconds);
    try {
      const answer = await receive(request, unit, form, permit.writes);
      permit.use();
      return answer;
    } catch (error) {
      permit.giveBack();
      throw error;
    }
  };
