import * as z from 'zod/mini';
import { id } from '../core/ids.ts';
import { Money } from '../core/values.ts';
import { lossReasons } from './deal.ts';

const month = () => z.string().check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-11' }));

/** A month of the calendar as a query parameter. */
export const monthFilter = () => z.optional(month());

/** Sums over the deals of a month and currency, in minor units. Open deals are in the month of `expectedCloseDate`, closed ones in that of `closedAt`. */
export const ForecastRow = z.object({
  month: z.nullable(month()),
  currency: z.string(),
  open: z.int(),
  weighted: z.int(),
  won: z.int(),
  lost: z.int(),
  openCount: z.int(),
  wonCount: z.int(),
  lostCount: z.int(),
});
export type ForecastRow = z.infer<typeof ForecastRow>;

export const LossRow = z.object({ reason: z.enum(lossReasons), stageId: id('stage'), count: z.int(), amount: z.array(Money) });
export type LossRow = z.infer<typeof LossRow>;

const rate = () => z.nullable(z.number());

/** Of the deals closed in the period. Medians are exact to the hour below 2 days, to the day below 60, to 5 % above, rounded down; counts are exact. */
export const Velocity = z.object({
  stages: z.array(z.object({ stageId: id('stage'), medianDays: z.number(), sample: z.int() })),
  winRate: rate(),
  medianCycleDays: rate(),
});
export type Velocity = z.infer<typeof Velocity>;
