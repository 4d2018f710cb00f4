import { serveSchedule } from '#runtime/schedule.ts';
import { deals } from './service.ts';
import { clearDeletedDeals, tellDueTasks, tellRottenDeals } from './use-cases/sweep-deals.ts';

export const handler = serveSchedule({
  service: deals,
  run: async (sweep) => {
    await tellDueTasks(sweep);
    await tellRottenDeals(sweep);
    await clearDeletedDeals(sweep);
  },
});
