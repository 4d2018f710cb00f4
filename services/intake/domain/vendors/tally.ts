import * as z from 'zod/mini';
import type { MappedField, Payload } from '../form-fields.ts';
import type { Delivery, VendorAnswer } from './delivery.ts';

const Option = z.object({ id: z.string(), text: z.string() });

const Field = z.object({
  key: z.string(),
  label: z.optional(z.nullable(z.string())),
  type: z.string(),
  value: z.optional(z.unknown()),
  options: z.optional(z.array(z.unknown())),
  rows: z.optional(z.array(z.unknown())),
  columns: z.optional(z.array(z.unknown())),
});
type Field = z.infer<typeof Field>;

// Source: https://tally.so/help/webhooks
const Webhook = z.object({
  eventId: z.optional(z.string()),
  is_test: z.optional(z.boolean()),
  data: z.object({ responseId: z.optional(z.string()), submissionId: z.optional(z.string()), fields: z.array(Field) }),
});

const Upload = z.object({ url: z.string() });
const Matrix = z.record(z.string(), z.array(z.string()));

const meanings: Readonly<Record<string, MappedField>> = {
  INPUT_EMAIL: 'email',
  INPUT_PHONE_NUMBER: 'phone',
  INPUT_LINK: 'website',
};

const textsOf = (options: readonly unknown[] | undefined): ReadonlyMap<string, string> =>
  new Map(
    (options ?? []).flatMap((option) => {
      const read = z.safeParse(Option, option);
      return read.success ? [[read.data.id, read.data.text] as const] : [];
    }),
  );

const chosen = (value: unknown, texts: ReadonlyMap<string, string>): unknown => {
  if (typeof value === 'string') return texts.get(value) ?? value;
  const upload = z.safeParse(Upload, value);
  return upload.success ? upload.data.url : value;
};

/** A matrix as people read it: `Row: Column, Column`. */
const matrixOf = ({ value, rows, columns }: Field): unknown => {
  const read = z.safeParse(Matrix, value);
  if (!read.success) return value;
  const [rowTexts, columnTexts] = [textsOf(rows), textsOf(columns)];
  return Object.entries(read.data)
    .map(([row, picked]) => `${rowTexts.get(row) ?? row}: ${picked.map((column) => columnTexts.get(column) ?? column).join(', ')}`)
    .join('; ');
};

/** Ids of choices as their texts, uploaded files as their addresses. */
const answerValue = (field: Field): unknown => {
  if (field.type === 'MATRIX') return matrixOf(field);
  const texts = textsOf(field.options);
  return Array.isArray(field.value) ? field.value.map((part) => chosen(part, texts)) : chosen(field.value, texts);
};

/** What Tally delivers; undefined when it is not that. */
export const readTally = (payload: Payload): Delivery | undefined => {
  const read = z.safeParse(Webhook, payload);
  if (!read.success) return undefined;
  const { eventId, is_test, data } = read.data;
  const keys = new Set(data.fields.map(({ key }) => key));
  const answers = data.fields
    // A question with boxes comes whole, and once more as a yes or no for each box, `<key>_<option>`.
    .filter(({ key, type, value }) => !(type === 'CHECKBOXES' && typeof value === 'boolean' && keys.has(key.replace(/_[^_]*$/, ''))))
    .map((field): VendorAnswer => {
      const label = field.label ?? field.key;
      return { names: [field.key], label, meaning: meanings[field.type], value: answerValue(field) };
    });
  return { id: data.responseId ?? data.submissionId ?? eventId, isTest: is_test === true, answers };
};
