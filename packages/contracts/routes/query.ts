import * as z from 'zod/mini';
import { text } from '../core/text.ts';
import { date, timestampInput } from '../core/values.ts';

/** A filter that takes any text. */
export const filter = () => z.optional(text());

/** A filter by time; a date alone stands for its first moment. */
export const timeFilter = () =>
  z.optional(
    z.union([
      timestampInput(),
      z.pipe(
        date(),
        z.transform((day) => `${day}T00:00:00.000Z`),
      ),
    ]),
  );
