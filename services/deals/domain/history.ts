import * as z from 'zod/mini';
import type { StageStay } from '#contracts/resources/deal-activity.ts';

/** What an event says of where a deal stood. */
const Told = z.object({
  detailType: z.string(),
  detail: z.object({
    data: z.object({
      deal: z.object({
        stageId: z.string(),
        probability: z.number(),
        stageEnteredAt: z.string(),
        closedAt: z.optional(z.string()),
      }),
      stageName: z.optional(z.string()),
    }),
  }),
});

const entering = new Set(['DealCreated', 'DealStageChanged', 'DealReopened']);
const leaving = new Set(['DealWon', 'DealLost']);

const leftAt = (stay: StageStay, at: string): StageStay => {
  // A deal may be closed with a time before it came to its last stage.
  const left = at < stay.enteredAt ? stay.enteredAt : at;
  return { ...stay, leftAt: left, seconds: Math.floor((Date.parse(left) - Date.parse(stay.enteredAt)) / 1000) };
};

/** A deal's stays, oldest first, from what was said of it in that order. Closing a deal ends its stay; reopening begins another. */
export const historyOf = (events: readonly unknown[]): StageStay[] => {
  const stays: StageStay[] = [];
  const end = (at: string): void => {
    const last = stays.pop();
    if (last) stays.push(last.leftAt === undefined ? leftAt(last, at) : last);
  };
  for (const event of events) {
    const told = z.safeParse(Told, event);
    if (!told.success) continue;
    const { detailType, detail } = told.data;
    const { deal, stageName } = detail.data;
    if (leaving.has(detailType)) end(deal.closedAt ?? deal.stageEnteredAt);
    if (!entering.has(detailType)) continue;
    end(deal.stageEnteredAt);
    stays.push({
      stageId: deal.stageId,
      ...(stageName === undefined ? {} : { name: stageName }),
      probability: deal.probability,
      enteredAt: deal.stageEnteredAt,
    });
  }
  return stays;
};
