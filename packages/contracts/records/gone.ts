import * as z from 'zod/mini';
import { timestamp } from '../core/values.ts';

/** What is left of a deleted, merged or erased record: no personal data, and `into` the id that stands for a merged one. */
export const Gone = z.object({
  reason: z.enum(['deleted', 'merged', 'erased']),
  into: z.optional(z.string()),
  at: timestamp(),
});
export type Gone = z.infer<typeof Gone>;
