import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { FieldError } from '../core/problems.ts';
import { commonFields, timestamp } from '../core/values.ts';
import { onDuplicate } from './lead-operations.ts';

export const importStatuses = ['queued', 'running', 'done'] as const;

/** A CSV file of leads on its way in. Rows that are blank count nowhere; `processed` = `created` + `merged` + `rejected`. */
export const Import = z.object({
  id: id('import'),
  status: z.enum(importStatuses),
  onDuplicate: z.enum(onDuplicate),
  total: z.int(),
  processed: z.int(),
  created: z.int(),
  merged: z.int(),
  rejected: z.int(),
  finishedAt: z.optional(timestamp()),
  ...commonFields,
});
export type Import = z.infer<typeof Import>;

/** A row that made no lead: `row` counts from 1 for the first after the header, each error's `pointer` names the file's column. */
export const ImportRejection = z.object({
  row: z.int(),
  errors: z.array(FieldError),
  values: z.record(z.string(), z.string()),
});
export type ImportRejection = z.infer<typeof ImportRejection>;
