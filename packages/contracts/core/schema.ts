import * as z from 'zod/mini';

// A function builds its schemas each time it starts cold, and each costs microseconds that add up to milliseconds: so a schema is built once
// for the same question, and text is built with its checks at once (`z.string().check(…)` builds it twice).

/** Text with checks that run in order; `z.string().check(...checks)` in one building. */
export const string = (...checks: z.core.$ZodCheck<string>[]): z.ZodMiniString => new z.ZodMiniString({ type: 'string', checks });

/** The same schema for the same (first) argument: schemas never change. */
export const once = <Arguments extends readonly unknown[], Schema>(
  make: (...question: Arguments) => Schema,
): ((...question: Arguments) => Schema) => {
  const made = new Map<unknown, Schema>();
  return (...question) => {
    const present = made.get(question[0]);
    if (present !== undefined) return present;
    const schema = make(...question);
    made.set(question[0], schema);
    return schema;
  };
};
