import type { dealActivityRoutes } from '#contracts/routes/deal-activity.ts';
import { created, ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { editTask, planTask, writableOfTask } from '../domain/task.ts';
import { listAttached } from '../store/attachments.ts';
import { checkDeal, readDeal, readDeals } from '../store/deals.ts';
import { createTaskWrites, listAllTasks, readTask, replaceTask, type StoredTask } from '../store/tasks.ts';
import { dealOf } from './annotate-deal.ts';

const etag = ({ task, rev }: Pick<StoredTask, 'task' | 'rev'>) => ({ etag: etagOf({ version: task.version, derived: rev }) });

/** Plans a follow-up. @throws {Problem} 404. */
export const createTask: Handler<(typeof dealActivityRoutes)['createTask']> = async (request, unit) => {
  const stored = await dealOf(request, unit);
  const record = planTask(unit.newId('task'), stored.deal.id, request.body, unit.now);
  const answer = created(`/v1/tasks/${record.task.id}`, record.task, etag({ task: record.task, rev: 1 }));
  await unit.commit({ writes: [...createTaskWrites(record), checkDeal(stored)], answer });
  return answer;
};

/** @throws {Problem} 404, also when its deal is gone. */
const taskNamed = async (taskId: string, unit: UnitOfWork): Promise<StoredTask> => {
  const stored = await readTask(unit.table, taskId);
  if (!stored || !(await readDeal(unit.table, stored.task.dealId))) throw notFound('There is no such task.');
  return stored;
};

/** @throws {Problem} 404. */
export const getTask: Handler<(typeof dealActivityRoutes)['getTask']> = async ({ id }, unit) => {
  const stored = await taskNamed(id, unit);
  return ok(stored.task, etag(stored));
};

/** Changes a follow-up; with another due time it is told again when that comes. @throws {Problem} 404, 412, 422. */
export const updateTask: Handler<(typeof dealActivityRoutes)['updateTask']> = async (request, unit) => {
  const before = await taskNamed(request.id, unit);
  request.assertIfMatch(before.task.version);
  const after = editTask(before, request.merge(writableOfTask(before.task)), unit.now);
  if (!after) return ok(before.task, etag(before));
  const answer = ok(after.task, etag({ task: after.task, rev: before.rev + 1 }));
  await unit.commit({ writes: [replaceTask(after, before)], answer });
  return answer;
};

/** @throws {Problem} 404. */
export const listDealTasks: Handler<(typeof dealActivityRoutes)['listDealTasks']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  return page(await listAttached(unit.table, 'task', deal.id, request.page));
};

/** Follow-ups of all deals that are there, newest first. `dueBefore` is exclusive. */
export const listTasks: Handler<(typeof dealActivityRoutes)['listTasks']> = async ({ query, page: { limit, after } }, unit) => {
  const { assignee, dueBefore, done } = query;
  const { tasks, next } = await listAllTasks(unit.table, {
    assignee,
    limit,
    after,
    keep: (task) => (dueBefore === undefined || task.dueAt < dueBefore) && (done === undefined || String(task.done) === done),
  });
  // Those of a deal that was just deleted are still to be cleared away.
  const living = await readDeals(
    unit.table,
    tasks.map(({ dealId }) => dealId),
  );
  const ids = new Set(living.map(({ deal }) => deal.id));
  return page({ items: tasks.filter(({ dealId }) => ids.has(dealId)), next });
};
