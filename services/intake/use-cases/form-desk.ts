import type { CorsPolicy } from '#runtime/cors.ts';
import { notFound } from '#runtime/problem.ts';
import { formCache } from '../store/forms.ts';
import { rateLimiter } from '../store/rates.ts';
import { answerHandshake } from './answer-handshake.ts';
import { createForm, deleteForm, getForm, listForms, updateForm } from './forms.ts';
import { releaseSubmission } from './release-submission.ts';
import { showForm } from './show-form.ts';
import { getSubmission, listSubmissions } from './submissions.ts';
import { submitForm } from './submit-form.ts';

/** Forms and what is sent to them, with what one function instance remembers of them: settings for moments, limits for their minute. */
export const formDesk = (now: () => number) => {
  const forms = formCache(now);
  /** The origins that may post to the form. */
  const origins: CorsPolicy = async (params, table) => {
    const active = await forms.active(table, params.formId ?? '');
    if (active === undefined) throw notFound('There is no such form.');
    return active.form.allowedOrigins;
  };
  return {
    handlers: {
      createForm,
      listForms,
      getForm,
      updateForm: updateForm(forms),
      deleteForm: deleteForm(forms),
      submitForm: submitForm({ forms, rates: rateLimiter(now) }),
      answerHandshake: answerHandshake(forms),
      showForm: showForm(forms),
      listSubmissions,
      getSubmission,
      releaseSubmission,
    },
    cors: { submitForm: origins },
  };
};
