import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { content } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { methodNotAllowed, notFound, unsigned } from '#runtime/problem.ts';
import type { FormCache } from '../store/forms.ts';

/**
 * Answers Meta's subscription handshake: the challenge, to whoever knows the form's signing secret. Refusals: 404 no such form, 405 a form of
 * another format, 401 another verify token.
 * Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 */
export const answerHandshake =
  (forms: FormCache): Handler<typeof intakeRoutes.answerHandshake> =>
  async (request, unit) => {
    const active = await forms.active(unit.table, request.id);
    if (active === undefined) throw notFound('There is no such form.');
    if (active.form.format !== 'meta-lead-ads') throw methodNotAllowed(['POST', 'OPTIONS']);
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query;
    const { isSame } = await import('../domain/vendors/signature.ts');
    if (mode !== 'subscribe' || active.signingSecret === undefined || !isSame(token ?? '', active.signingSecret)) throw unsigned();
    return content('text/plain; charset=utf-8', challenge ?? '');
  };
