import * as z from 'zod/mini';
import { Gone } from './gone.ts';

/** Key of a deal's record, which accounts may read to know that it exists and whose it is. */
export const dealRecordKey = (dealId: string) => ({ pk: `deals#deal#${dealId}`, sk: 'record' });

/** The part of a deal's record that accounts may rely on. */
export const DealRecord = z.looseObject({
  accountId: z.optional(z.string()),
  contacts: z._default(z.array(z.looseObject({ contactId: z.string() })), []),
  leadId: z.optional(z.string()),
  gone: z.optional(Gone),
});
export type DealRecord = z.infer<typeof DealRecord>;
