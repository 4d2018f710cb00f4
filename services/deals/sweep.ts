import { type Sweep, serveSchedule } from '#runtime/schedule.ts';
import { deals } from './service.ts';
import { expireQuotes } from './use-cases/expire-quotes.ts';
import { lookAgain } from './use-cases/follow-accounts.ts';
import { clearDeletedDeals, tellDueTasks, tellRottenDeals } from './use-cases/sweep-deals.ts';

export const run = async (sweep: Sweep): Promise<void> => {
  await expireQuotes(sweep);
  await tellDueTasks(sweep);
  await tellRottenDeals(sweep);
  await lookAgain(sweep);
  await clearDeletedDeals(sweep);
};

export const handler = serveSchedule({ service: deals, run });
