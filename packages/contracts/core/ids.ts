import * as z from 'zod/mini';
import { once, string } from './schema.ts';

/** The one table of id prefixes: `<prefix>_<ULID>`, as contract.md section 1 lists them. */
export const idPrefixes = {
  form: 'form',
  submission: 'sub',
  lead: 'lead',
  import: 'imp',
  account: 'acct',
  contact: 'cont',
  interaction: 'int',
  pipeline: 'pipe',
  stage: 'stage',
  deal: 'deal',
  note: 'note',
  task: 'task',
  document: 'doc',
  quote: 'quote',
  invoice: 'inv',
  apiKey: 'key',
  webhook: 'whk',
  erasure: 'era',
  event: 'evt',
  deadLetter: 'dead',
} as const;

export type IdKind = keyof typeof idPrefixes;

const ulidPattern = '[0-7][0-9A-HJKMNP-TV-Z]{25}';

/** Pattern of an id of this kind. A path id that does not match it is answered 404, not 422. */
export const idPattern = (kind: IdKind): RegExp => new RegExp(`^${idPrefixes[kind]}_${ulidPattern}$`);

/** Schema of an id of one kind. */
export const id = once((kind: IdKind) => string(z.regex(idPattern(kind))));

/** Which kind of id a path parameter holds: `{leadId}` a lead's. Parameters that are not listed are free text. */
export const parameterKinds: Readonly<Record<string, IdKind>> = {
  formId: 'form',
  submissionId: 'submission',
  leadId: 'lead',
  importId: 'import',
  accountId: 'account',
  contactId: 'contact',
  interactionId: 'interaction',
  pipelineId: 'pipeline',
  dealId: 'deal',
  noteId: 'note',
  documentId: 'document',
  taskId: 'task',
  quoteId: 'quote',
  invoiceId: 'invoice',
  keyId: 'apiKey',
  erasureId: 'erasure',
};
