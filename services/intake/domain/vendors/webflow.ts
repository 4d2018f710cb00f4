import * as z from 'zod/mini';
import type { MappedField, Payload } from '../form-fields.ts';
import type { Delivery, VendorAnswer } from './delivery.ts';

const Described = z.object({ fieldName: z.string(), fieldType: z.string() });

// Source: https://developers.webflow.com/data/reference/webhooks/events/form-submission
const Submitted = z.object({
  id: z.optional(z.string()),
  data: z.record(z.string(), z.unknown()),
  schema: z.optional(z.nullable(z.array(z.unknown()))),
});
const Webhook = z.object({ is_test: z.optional(z.boolean()), payload: Submitted });

// Version 1 has no envelope. Source: https://developers.webflow.com/data/v1.0.0/reference/form_submission
const FirstVersion = z.object({ _id: z.optional(z.string()), data: z.record(z.string(), z.unknown()) });

const meaningOf = (fieldType: string | undefined): MappedField | undefined => {
  if (fieldType === undefined) return undefined;
  if (/email/i.test(fieldType)) return 'email';
  return /phone|tel$/i.test(fieldType) ? 'phone' : undefined;
};

/** What Webflow delivers; undefined when it is not that. */
export const readWebflow = (payload: Payload): Delivery | undefined => {
  const read = z.safeParse(Webhook, payload);
  const first = z.safeParse(FirstVersion, payload);
  if (!read.success && !first.success) return undefined;
  const submitted: z.infer<typeof Submitted> = read.success ? read.data.payload : { id: first.data?._id, data: first.data?.data ?? {} };
  const types = new Map(
    (submitted.schema ?? []).flatMap((field) => {
      const described = z.safeParse(Described, field);
      return described.success ? [[described.data.fieldName, described.data.fieldType] as const] : [];
    }),
  );
  const answers = Object.entries(submitted.data).map(
    ([name, value]): VendorAnswer => ({ names: [name], label: name, meaning: meaningOf(types.get(name)), value }),
  );
  return { id: submitted.id, isTest: read.data?.is_test === true, answers };
};
