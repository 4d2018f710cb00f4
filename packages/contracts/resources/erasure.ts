import * as z from 'zod/mini';
import { serviceNames } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { commonFields, timestamp } from '../core/values.ts';

/** What asking for an erasure is answered with. */
export const ErasureReceipt = z.object({ erasureId: id('erasure') });

/**
 * The proof of an erasure: what was cleaned where (`records` are items of the table), and what cannot be edited and expires by itself. It
 * says nothing of the person.
 */
export const Erasure = z.object({
  id: id('erasure'),
  status: z.enum(['pending', 'done']),
  requestedAt: timestamp(),
  completedAt: z.optional(timestamp()),
  cleaned: z.array(z.object({ service: z.enum(serviceNames), at: timestamp(), records: z.int() })),
  expires: z.array(z.object({ where: z.string(), by: timestamp() })),
  createdAt: commonFields.createdAt,
  updatedAt: commonFields.updatedAt,
  version: commonFields.version,
});
export type Erasure = z.infer<typeof Erasure>;
