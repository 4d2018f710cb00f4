import { createImport } from './use-cases/accept-import.ts';
import { createLeads } from './use-cases/create-leads.ts';
import { eraseLead } from './use-cases/erase-lead.ts';
import { listLeadDuplicates } from './use-cases/find-duplicates.ts';
import { getImport, listImportRejections, listImports } from './use-cases/imports.ts';
import { lookUp } from './use-cases/look-up.ts';
import { mergeLead } from './use-cases/merge-lead.ts';
import { reportSources } from './use-cases/report-sources.ts';

/** What is done with many leads at once, by operation. */
export const manyLeads = {
  createLeads,
  listLeadDuplicates,
  mergeLead,
  eraseLead,
  lookUp,
  reportSources,
  createImport,
  listImports,
  getImport,
  listImportRejections,
};
