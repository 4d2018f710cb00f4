import * as z from 'zod/mini';
import { TaskDue } from '#contracts/events/deals.ts';
import { Task } from '#contracts/resources/deal-activity.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { awaitsTelling, type TaskRecord } from '../domain/task.ts';
import { dealCollection } from './deals.ts';

/** A task as read, with the rev that the next write is held to. */
export interface StoredTask extends TaskRecord {
  readonly rev: number;
}

export const taskPrefix = 'task#';

const taskKey = (dealId: string, taskId: string): Key => ({ pk: dealCollection(dealId), sk: `${taskPrefix}${taskId}` });

/** Says which deal a task is of: tasks lie with their deals, and are named without them. */
const locatorKey = (taskId: string): Key => ({ pk: partition('deals', 'task', taskId), sk: 'locator' });
const Locator = z.object({ dealId: z.string() });

const allTasks = partition('deals', 'tasks');
const ofAssignee = (assignee: string): string => partition('deals', 'assignee', assignee);
/** Tasks not told to be due yet, by their due time. */
const untold = partition('deals', 'due');

const taskItem = (record: TaskRecord): Draft => {
  const { task, sequence, told } = record;
  return {
    ...taskKey(task.dealId, task.id),
    kind: 'task',
    data: { task, sequence, told },
    indexes: {
      gsi1: { pk: shardPartition(allTasks, task.id), sk: task.id },
      ...(task.assignee === undefined ? {} : { gsi2: { pk: ofAssignee(task.assignee), sk: task.id } }),
      ...(awaitsTelling(record) ? { gsi3: { pk: shardPartition(untold, task.id), sk: `${task.dueAt}#${task.id}` } } : {}),
    },
  };
};

const Kept = z.object({ task: Task, sequence: z.int(), told: z.optional(z.string()) });

export const storedTask = (item: Item): StoredTask => {
  const { told, ...kept } = z.parse(Kept, item.data);
  return { ...kept, ...(told === undefined ? {} : { told }), rev: item.rev };
};

export const createTaskWrites = (record: TaskRecord): Write[] => [
  { op: 'create', item: taskItem(record) },
  { op: 'create', item: { ...locatorKey(record.task.id), kind: 'task-locator', data: { dealId: record.task.dealId } } },
];

export const replaceTask = (record: TaskRecord, { rev }: StoredTask): Write => ({ op: 'replace', item: taskItem(record), ifRev: rev });

/** What goes with a task that is deleted; the task itself is deleted by its key. */
export const locatorOf = (taskSortKey: string): Key => locatorKey(taskSortKey.slice(taskPrefix.length));

/** Writes and event of a task being told to be due; it is told in its deal's timeline. */
export const toldDue = (before: StoredTask, dealName: string): { writes: Write[]; events: EventDraft[] } => {
  const sequence = before.sequence + 1;
  const { task } = before;
  return {
    writes: [replaceTask({ task, sequence, told: task.dueAt }, before)],
    events: [{ contract: TaskDue, collection: dealCollection(task.dealId), subject: task.id, sequence, data: { task, dealName } }],
  };
};

export const readTask = async (table: Reader, taskId: string): Promise<StoredTask | undefined> => {
  const locator = await table.get(locatorKey(taskId));
  const item = locator && (await table.get(taskKey(z.parse(Locator, locator.data).dealId, taskId)));
  return item && storedTask(item);
};

interface PageWanted {
  readonly limit: number;
  readonly after: string | undefined;
}

/** Tasks of all deals or of an assignee, newest first. */
export const listAllTasks = async (
  table: Reader,
  { assignee, keep, limit, after }: PageWanted & { readonly assignee: string | undefined; readonly keep: (task: Task) => boolean },
) => {
  const source =
    assignee === undefined
      ? { index: 'gsi1' as const, partitions: shardPartitions(allTasks) }
      : { index: 'gsi2' as const, partitions: [ofAssignee(assignee)] };
  const { items, next } = await table.list({
    ...source,
    descending: true,
    limit,
    keep: (item) => keep(storedTask(item).task),
    ...(after === undefined ? {} : { after }),
  });
  return { tasks: items.map((item) => storedTask(item).task), next };
};

export const duePartitions = shardPartitions(untold);

/** Tasks of one of the partitions that were due at a time and not told so, earliest first, after the given position. */
export const readDue = async (
  table: Reader,
  duePartition: string,
  { until, limit, after }: PageWanted & { readonly until: string },
): Promise<readonly { readonly taskId: string; readonly position: string }[]> => {
  const { items } = await table.query({
    partition: duePartition,
    index: 'gsi3',
    to: `${until}#~`,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  return items.map((item) => ({ taskId: item.sk.slice(taskPrefix.length), position: item.indexes?.gsi3?.sk ?? '' }));
};
