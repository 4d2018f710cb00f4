import { serveHttp } from '#runtime/http.ts';
import { apiRoutes } from './routes.ts';
import { qualification } from './service.ts';
import { disqualifyLead } from './use-cases/disqualify-lead.ts';
import { getCriteria } from './use-cases/get-criteria.ts';
import { getFunnel } from './use-cases/get-funnel.ts';
import { getQualification } from './use-cases/get-qualification.ts';
import { nurtureLead } from './use-cases/nurture-lead.ts';
import { qualifyLead } from './use-cases/qualify-lead.ts';
import { recordSignal } from './use-cases/record-signal.ts';
import { replaceCriteria } from './use-cases/replace-criteria.ts';
import { reopenLead, workLead } from './use-cases/work-lead.ts';

export const handlers = {
  getCriteria,
  replaceCriteria,
  recordSignal,
  getFunnel,
  getQualification,
  qualifyLead,
  disqualifyLead,
  nurtureLead,
  workLead,
  reopenLead,
};

export const handler = serveHttp({ service: qualification, routes: apiRoutes, handlers });
