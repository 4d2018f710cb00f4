import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { notFound } from '#runtime/problem.ts';
import { intake } from './service.ts';
import { formCache } from './store/forms.ts';
import { rateLimiter } from './store/rates.ts';
import { answerHandshake } from './use-cases/answer-handshake.ts';
import { deleteLead, updateLead } from './use-cases/change-lead.ts';
import { createLead } from './use-cases/create-lead.ts';
import { createForm, deleteForm, getForm, listForms, updateForm } from './use-cases/forms.ts';
import { getLead, listLeads, listLeadTimeline, listLeadTouches } from './use-cases/read-leads.ts';
import { releaseSubmission } from './use-cases/release-submission.ts';
import { showForm } from './use-cases/show-form.ts';
import { getSubmission, listSubmissions } from './use-cases/submissions.ts';
import { submitForm } from './use-cases/submit-form.ts';

/** Intake's HTTP function. What it keeps between requests is its own; `edge` is what tests put in the place of the cloud. */
export const serveIntake = (edge?: Edge) => {
  const now = (): number => edge?.now() ?? Date.now();
  const forms = formCache(now);
  return serveHttp({
    ...(edge === undefined ? {} : { edge }),
    service: intake,
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
      createLead,
      listLeads,
      getLead,
      updateLead,
      deleteLead,
      listLeadTimeline,
      listLeadTouches,
    },
    cors: {
      submitForm: async (params, table) => {
        const active = await forms.active(table, params.formId ?? '');
        if (active === undefined) throw notFound('There is no such form.');
        return active.form.allowedOrigins;
      },
    },
  });
};

export const handler = serveIntake();
