import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { manyLeads } from './operations.ts';
import { intake } from './service.ts';
import { deleteLead, updateLead } from './use-cases/change-lead.ts';
import { createLead } from './use-cases/create-lead.ts';
import { formDesk } from './use-cases/form-desk.ts';
import { getLead, listLeads, listLeadTimeline, listLeadTouches } from './use-cases/read-leads.ts';

/** Intake's HTTP function. What it keeps between requests is its own; `edge` is what tests put in the place of the cloud. */
export const serveIntake = (edge?: Edge) => {
  const forms = formDesk(() => edge?.now() ?? Date.now());
  return serveHttp({
    ...(edge === undefined ? {} : { edge }),
    service: intake,
    handlers: {
      ...forms.handlers,
      createLead,
      listLeads,
      getLead,
      updateLead,
      deleteLead,
      listLeadTimeline,
      listLeadTouches,
      ...manyLeads,
    },
    cors: forms.cors,
  });
};

export const handler = serveIntake();
