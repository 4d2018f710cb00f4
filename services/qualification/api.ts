import { serveHttp } from '#runtime/http.ts';
import { qualification } from './service.ts';
import { disqualifyLead } from './use-cases/disqualify-lead.ts';
import { getCriteria } from './use-cases/get-criteria.ts';
import { getQualification } from './use-cases/get-qualification.ts';
import { qualifyLead } from './use-cases/qualify-lead.ts';
import { reopenLead, workLead } from './use-cases/work-lead.ts';

export const handlers = { getCriteria, getQualification, qualifyLead, disqualifyLead, workLead, reopenLead };

export const handler = serveHttp({ service: qualification, handlers });
