import * as z from 'zod/mini';
import type { Payload } from '../form-fields.ts';
import type { Delivery, VendorAnswer } from './delivery.ts';

const Question = z.object({ name: z.string(), values: z.optional(z.array(z.unknown())) });

// Source: https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
const Lead = z.object({
  id: z.optional(z.union([z.string(), z.number()])),
  is_test: z.optional(z.boolean()),
  field_data: z.array(Question),
});

/** A Meta lead as the Graph API gives it; undefined when it is not that. */
export const readMetaLeadAds = (payload: Payload): Delivery | undefined => {
  const read = z.safeParse(Lead, payload);
  if (!read.success) return undefined;
  const { id, is_test, field_data: questions } = read.data;
  const answers = questions.map(({ name, values = [] }): VendorAnswer => ({ names: [name], label: name, value: values }));
  return { id: id === undefined ? undefined : String(id), isTest: is_test === true, answers };
};
