import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod/mini';
import type { Task, TaskChange, TaskInput } from '#contracts/resources/deal-activity.ts';

/** What deals keeps of a task: `told` is the due time that was told to be due, `sequence` the number of the last event about it. */
export interface TaskRecord {
  readonly task: Task;
  readonly sequence: number;
  readonly told?: string;
}

export const planTask = (id: string, dealId: string, input: z.output<typeof TaskInput>, now: string): TaskRecord => ({
  task: { id, dealId, ...input, done: false, createdAt: now, updatedAt: now, version: 1 },
  sequence: 0,
});

/** The fields of a task that a merge patch is laid over. */
export const writableOfTask = ({ title, dueAt, assignee, kind, done }: Task): z.output<typeof TaskChange> => ({
  title,
  dueAt,
  assignee,
  kind,
  done,
});

/** A task with a caller's edit; undefined when nothing changes. */
export const editTask = (record: TaskRecord, edit: z.output<typeof TaskChange>, now: string): TaskRecord | undefined => {
  const { id, dealId, createdAt, version, doneAt, done } = record.task;
  const before = Object.fromEntries(Object.entries(writableOfTask(record.task)).filter(([, value]) => value !== undefined));
  if (isDeepStrictEqual(before, { ...edit })) return undefined;
  const at = !edit.done ? undefined : done ? doneAt : now;
  return {
    ...record,
    task: { id, dealId, ...edit, ...(at === undefined ? {} : { doneAt: at }), createdAt, updatedAt: now, version: version + 1 },
  };
};

/** True while it is still to be told that the task is due, once its time has come. */
export const awaitsTelling = ({ task, told }: TaskRecord): boolean => !task.done && told !== task.dueAt;
