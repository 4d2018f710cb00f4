import * as z from 'zod/mini';
import { longText, text } from '../core/text.ts';
import { Address, timestamp } from '../core/values.ts';

const labels = z
  .record(text(100), text())
  .check(z.refine((entries) => Object.keys(entries).length <= 50, { error: 'at most 50 entries', params: { code: 'too_big' } }));

/** The seller, as quotes and invoices name it. */
export const BillingInput = z.strictObject({
  name: z.optional(text()),
  /** Lines of text, or the parts of an address. */
  address: z.optional(z.union([longText(), Address])),
  taxId: z.optional(text(100)),
  /** Lines of text, or label → value: `{ "IBAN": "…", "BIC": "…" }`. */
  bankDetails: z.optional(z.union([longText(), labels])),
  terms: z.optional(longText()),
  /** A PNG image of at most 128 KiB and 2,048 × 2,048 pixels, in base64. */
  logo: z.optional(z.string()),
});
export type BillingInput = z.output<typeof BillingInput>;

/** `version` 0 and nothing else while unset. */
export const Billing = z.object({
  ...BillingInput.shape,
  createdAt: z.optional(timestamp()),
  updatedAt: z.optional(timestamp()),
  version: z.int().check(z.minimum(0)),
});
export type Billing = z.infer<typeof Billing>;
