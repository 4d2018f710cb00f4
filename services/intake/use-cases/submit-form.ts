import { defined } from '#contracts/core/json.ts';
import type { Form, Submission } from '#contracts/resources/form.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { type Answer, accepted, seeOther } from '#runtime/answer.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { invalidField, notFound, Problem, tooManyRequests } from '#runtime/problem.ts';
import { rateLimitHeaders } from '#runtime/rate-limit.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { isSpam, mapForm } from '../domain/form-fields.ts';
import { fitsResource } from '../domain/lead.ts';
import type { ActiveForm, FormCache } from '../store/forms.ts';
import type { Permit, RateLimiter } from '../store/rates.ts';
import { onceGuard, type Receipt, submissionDraft } from '../store/submissions.ts';
import { captureLead } from './capture-lead.ts';
import { readFormLead } from './read-form-lead.ts';
import type { Received } from './received.ts';

type Request = HttpRequest<typeof intakeRoutes.submitForm>;

/** What one function instance keeps between submissions. */
export interface SubmissionDesk {
  readonly forms: FormCache;
  readonly rates: RateLimiter;
}

/** It was submitted before. */
class SubmittedBefore extends Error {
  override readonly name = 'SubmittedBefore';
  readonly first: Receipt;

  constructor(first: Receipt) {
    super('it was submitted before');
    this.first = first;
  }
}

const receiveFields = (form: Form, payload: Submission['payload'], now: string): Received => ({
  payload,
  status: isSpam(form, payload) ? 'spam' : 'accepted',
  sameness: { content: payload },
  lead: () => readFormLead(form, mapForm(form, payload), now),
});

/** What the sender is told: a program a receipt, a person a page. */
interface Teller {
  taken(receipt: Receipt): Answer;
  /** The page to correct and send again; undefined for who is told the problem itself. */
  refused(problem: Problem): Answer | undefined;
}

const tellerFor = async (form: Form, request: Request): Promise<Teller> => {
  if (form.format !== 'generic' || !(request.header('accept') ?? '').toLowerCase().includes('text/html'))
    return { taken: accepted, refused: () => undefined };
  const { redirectUrl } = form;
  const { refusalPage, thanksPage } = await import('./hosted-pages.ts');
  return {
    taken: () => (redirectUrl === undefined ? thanksPage(form, request) : seeOther(redirectUrl)),
    refused: (problem) => refusalPage(form, request, problem),
  };
};

/** The address that spam or a test gives, as far as it gives one. */
const emailIn = (received: Received): string | undefined => {
  try {
    return received.lead().email;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
};

interface Reception {
  readonly form: Form;
  readonly received: Received;
  readonly permitWrites: readonly Write[];
  readonly teller: Teller;
}

const take = async (request: Request, unit: UnitOfWork, { form, received, permitWrites, teller }: Reception): Promise<Answer> => {
  const id = unit.newId('submission');
  const { payload, status, sameness } = received;
  const submission: Submission = defined({
    id,
    formId: form.id,
    status,
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
  const answer = teller.taken(receipt);
  const once = onceGuard(form.id, sameness, receipt, (first) => new SubmittedBefore(first));
  const writesFor = (kept: Submission, email?: string): Write[] => [
    once,
    { op: 'create', item: submissionDraft(kept, email) },
    ...permitWrites,
  ];

  try {
    if (status !== 'accepted') {
      await unit.commit({ writes: writesFor(submission, emailIn(received)), answer });
      return answer;
    }
    return await captureLead(unit, {
      request,
      fields: received.lead(),
      defaults: { source: form.source, channel: form.channel },
      formId: form.id,
      submissionId: id,
      onKnown: 'touch',
      isReceiptOnly: true,
      conclude: ({ lead }) => ({ writes: writesFor({ ...submission, leadId: lead.id }), answer }),
    });
  } catch (error) {
    if (!(error instanceof SubmittedBefore)) throw error;
    const first = teller.taken(error.first);
    if (permitWrites.length > 0) await unit.commit({ writes: permitWrites, answer: first });
    return first;
  }
};

const understand = async (active: ActiveForm, request: Request, now: string): Promise<Received> => {
  const { form } = active;
  if (form.format === 'generic') return receiveFields(form, request.fields, now);
  const { receiveDelivery } = await import('./receive-delivery.ts');
  return receiveDelivery(active, form.format, request, now);
};

const takeWithin = async (permit: Permit, takeIn: (writes: readonly Write[]) => Promise<Answer>): Promise<Answer> => {
  if (permit.kind === 'refused') throw tooManyRequests(permit.limit);
  try {
    const answer = await takeIn(permit.writes);
    permit.use();
    // Not in what is kept for a replay: it holds now.
    return permit.limit === undefined ? answer : { ...answer, headers: { ...answer.headers, ...rateLimitHeaders(permit.limit) } };
  } catch (error) {
    permit.giveBack();
    throw error;
  }
};

/**
 * Takes in a form post, or a vendor's webhook for a form of its format. Input: any fields, as read. Output: 202 with a receipt, the same for a
 * new person, a known one and spam; for a browser's navigation 303 to the form's page, or a page of thanks. Refusals: 404 no such form or an
 * inactive one, 401 a vendor's signature wrong or missing, 429 beyond its limit per source address, 422 naming the sender's fields (for a
 * browser's navigation the form again, with what was typed).
 */
export const submitForm =
  ({ forms, rates }: SubmissionDesk): Handler<typeof intakeRoutes.submitForm> =>
  async (request, unit) => {
    const active = await forms.active(unit.table, request.params.formId ?? '');
    if (active === undefined) throw notFound('There is no such form.');
    const { form } = active;
    const received = await understand(active, request, unit.now);
    const teller = await tellerFor(form, request);
    try {
      const permit = await rates.permit(unit.table, form.id, request.sourceIp, form.submissionsPerMinute);
      return await takeWithin(permit, (permitWrites) => take(request, unit, { form, received, permitWrites, teller }));
    } catch (error) {
      const page = error instanceof Problem ? teller.refused(error) : undefined;
      if (page === undefined) throw error;
      return page;
    }
  };
