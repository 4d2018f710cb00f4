import * as z from 'zod/mini';
import type { MappedField, Payload } from '../form-fields.ts';
import type { Delivery, VendorAnswer } from './delivery.ts';

/** A question; those of a group or of contact details have the single questions within. */
const Question = z.object({
  id: z.string(),
  title: z.optional(z.string()),
  ref: z.optional(z.string()),
  /** Which of the contact details it is, `first_name`. */
  subfield_key: z.optional(z.string()),
  properties: z.optional(z.object({ fields: z.optional(z.array(z.unknown())) })),
});
type Question = z.infer<typeof Question>;

const Choices = z.object({ labels: z.optional(z.array(z.string())), other: z.optional(z.string()) });
const Choice = z.object({ label: z.optional(z.string()), other: z.optional(z.string()) });
const Payment = z.object({ amount: z.union([z.string(), z.number()]) });

const Answer = z.looseObject({
  type: z.string(),
  field: z.object({ id: z.string(), type: z.optional(z.string()), ref: z.optional(z.string()) }),
});

// Source: https://www.typeform.com/developers/webhooks/example-payload/
const Webhook = z.object({
  event_id: z.optional(z.string()),
  is_test: z.optional(z.boolean()),
  form_response: z.object({
    token: z.optional(z.string()),
    hidden: z.optional(z.record(z.string(), z.unknown())),
    definition: z.optional(z.object({ fields: z.optional(z.array(z.unknown())) })),
    answers: z.optional(z.nullable(z.array(Answer))),
  }),
});

const questionsIn = (fields: readonly unknown[]): readonly Question[] =>
  fields.flatMap((field) => {
    const read = z.safeParse(Question, field);
    return read.success ? [read.data, ...questionsIn(read.data.properties?.fields ?? [])] : [];
  });

const meanings: Readonly<Record<string, MappedField>> = { email: 'email', phone_number: 'phone', url: 'website' };

/** An answer's value stands under the name of its type. */
const answerValue = (answer: z.infer<typeof Answer>): unknown => {
  const value = answer[answer.type];
  switch (answer.type) {
    case 'choice': {
      const choice = z.safeParse(Choice, value);
      return choice.success ? (choice.data.label ?? choice.data.other) : value;
    }
    case 'choices': {
      const choices = z.safeParse(Choices, value);
      if (!choices.success) return value;
      const { labels = [], other } = choices.data;
      return other === undefined ? labels : [...labels, other];
    }
    case 'payment': {
      const payment = z.safeParse(Payment, value);
      return payment.success ? payment.data.amount : value;
    }
    default:
      return value;
  }
};

/** What Typeform delivers; undefined when it is not that. */
export const readTypeform = (payload: Payload): Delivery | undefined => {
  const read = z.safeParse(Webhook, payload);
  if (!read.success) return undefined;
  const { event_id, is_test, form_response: response } = read.data;
  const questions = new Map(questionsIn(response.definition?.fields ?? []).map((question) => [question.id, question]));
  const hidden = Object.entries(response.hidden ?? {}).map(([name, value]): VendorAnswer => ({ names: [name], label: name, value }));
  const answered = (response.answers ?? []).map((answer): VendorAnswer => {
    const question = questions.get(answer.field.id);
    const ref = answer.field.ref ?? question?.ref;
    return {
      names: [ref, question?.subfield_key, answer.field.id].filter((name) => name !== undefined),
      label: question?.title ?? ref ?? answer.field.id,
      meaning: meanings[answer.type],
      value: answerValue(answer),
    };
  });
  return { id: response.token ?? event_id, isTest: is_test === true, answers: [...answered, ...hidden] };
};
