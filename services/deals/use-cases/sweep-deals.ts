import type { Sweep } from '#runtime/schedule.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { tellRotten } from '../domain/deal.ts';
import { stageOf } from '../domain/pipeline.ts';
import { awaitsTelling } from '../domain/task.ts';
import { clearWrites } from '../store/attachments.ts';
import { clearedWrite, dealEffect, enteredBefore, readDeal, readDeleted } from '../store/deals.ts';
import { readAllPipelines, readPipeline } from '../store/pipelines.ts';
import { readRottenUpTo, rottenUpTo } from '../store/rotting.ts';
import { duePartitions, readDue, readTask, toldDue } from '../store/tasks.ts';

/** Found at a time; each is a step of its own. */
const batch = 50;
const dayMs = 86_400_000;

/** Tells that a task is due, if it still is and was not told. */
const tellDue = async (taskId: string, unit: UnitOfWork): Promise<void> => {
  const stored = await readTask(unit.table, taskId);
  if (!stored || !awaitsTelling(stored) || stored.task.dueAt > unit.now) return;
  const deal = await readDeal(unit.table, stored.task.dealId);
  if (deal) await unit.commit(toldDue(stored, deal.deal.name));
};

/** Says `TaskDue` of each follow-up that is not done and whose time has come: once for each due time. */
export const tellDueTasks = async (sweep: Sweep): Promise<void> => {
  for (const partition of duePartitions) {
    let after: string | undefined;
    do {
      const due = await readDue(sweep.table, partition, { until: sweep.now, limit: batch, after });
      for (const { taskId } of due) {
        if (!sweep.hasTime()) return;
        await sweep.step(taskId, (unit) => tellDue(taskId, unit));
      }
      after = due.length < batch ? undefined : due.at(-1)?.position;
    } while (after !== undefined);
  }
};

const tellRottenDeal = async (dealId: string, unit: UnitOfWork): Promise<void> => {
  const before = await readDeal(unit.table, dealId);
  const stored = before && (await readPipeline(unit.table, before.deal.pipelineId));
  const change = stored && tellRotten(before, stageOf(stored.pipeline, before.deal.stageId), unit.now);
  if (change) await unit.commit(dealEffect(before, change));
};

/** Says `DealRotten` of each deal that stands in its stage for longer than that allows: once for each time it entered. */
export const tellRottenDeals = async (sweep: Sweep): Promise<void> => {
  const pipelines = await readAllPipelines(sweep.table);
  for (const { id: stageId, rottenAfterDays } of pipelines.flatMap(({ stages }) => stages)) {
    if (rottenAfterDays === undefined) continue;
    const before = new Date(Date.parse(sweep.now) - rottenAfterDays * dayMs).toISOString();
    let after = await readRottenUpTo(sweep.table, stageId);
    for (let isMore = true; isMore; ) {
      const rotten = await enteredBefore(sweep.table, stageId, { before, after, limit: batch });
      let told = 0;
      for (const { dealId } of rotten) {
        if (!sweep.hasTime()) return;
        if (await sweep.step(dealId, (unit) => tellRottenDeal(dealId, unit))) told += 1;
      }
      const position = rotten.at(-1)?.position;
      // What failed is looked for again by the next run.
      if (position === undefined || told < rotten.length) break;
      await sweep.step(stageId, async (unit) => void (await unit.commit({ writes: [rottenUpTo(stageId, position)] })));
      after = position;
      isMore = rotten.length === batch;
    }
  }
};

/** Deletes some of what hangs on a deleted deal; true when nothing was left. */
const clearSome = async (dealId: string, unit: UnitOfWork): Promise<boolean> => {
  const writes = await clearWrites(unit.table, dealId);
  if (writes.length > 0) {
    await unit.commit({ writes });
    return false;
  }
  const cleared = await clearedWrite(unit.table, dealId);
  if (cleared) await unit.commit({ writes: [cleared] });
  return true;
};

/** Clears away what hangs on deleted deals, which nobody can see any more. */
export const clearDeletedDeals = async (sweep: Sweep): Promise<void> => {
  let after: string | undefined;
  do {
    const deleted = await readDeleted(sweep.table, batch, after);
    for (const dealId of deleted) {
      let isClear = false;
      let isWell = true;
      while (!isClear && isWell) {
        if (!sweep.hasTime()) return;
        isWell = await sweep.step(dealId, async (unit) => {
          isClear = await clearSome(dealId, unit);
        });
      }
    }
    after = deleted.length < batch ? undefined : deleted.at(-1);
  } while (after !== undefined);
};
