import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import { listOf } from '../core/values.ts';
import { Import, ImportRejection } from '../resources/import.ts';
import { onDuplicate } from '../resources/lead-operations.ts';

const maxBytes = 4 * 1024 * 1024;

/** Operations on imports: a file is taken whole and worked off in the background. */
export const importRoutes = {
  createImport: route({
    method: 'POST',
    path: '/v1/imports',
    access: 'intake',
    summary: 'Import leads from a CSV file',
    description:
      'UTF-8, with a header row; `,`, `;` or tab between cells; at most 4 MiB. Columns with our names, in any case and spacing, and with ' +
      'those of Salesforce, HubSpot, Zendesk Sell and Zoho exports are recognised; `map=their:ours`, which may be repeated, adds to that ' +
      '(`map=their:customFields` leaves a column to the custom fields). Other columns become `customFields`, as far as they fit. A row whose ' +
      'e-mail a lead holds is a touch of it, or with `onDuplicate=reject` a rejection. An unreadable file is 422.',
    query: z.object({
      onDuplicate: z._default(z.enum(onDuplicate), 'merge'),
      map: z.optional(z.union([z.string(), z.array(z.string())])),
    }),
    body: { kind: 'csv', schema: z.string(), maxBytes },
    answer: { status: 202, schema: Import, headers: ['Location', 'ETag'] },
  }),
  listImports: route({
    method: 'GET',
    path: '/v1/imports',
    access: 'intake',
    summary: 'List imports',
    list: true,
    answer: { status: 200, schema: listOf(Import) },
  }),
  getImport: route({
    method: 'GET',
    path: '/v1/imports/{importId}',
    access: 'intake',
    summary: 'How far an import is',
    answer: { status: 200, schema: Import, headers: ['ETag'] },
  }),
  listImportRejections: route({
    method: 'GET',
    path: '/v1/imports/{importId}/rejections',
    access: 'intake',
    summary: 'Rows of an import that made no lead, in the order of the file',
    list: true,
    answer: { status: 200, schema: listOf(ImportRejection) },
  }),
};
