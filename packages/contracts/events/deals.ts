import * as z from 'zod/mini';
import { event } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { DealHeader, dealStatuses, lossReasons } from '../resources/deal.ts';
import { Task } from '../resources/deal-activity.ts';

const deal = { deal: DealHeader };
/** What the stage it is in was called then. */
const inStage = { ...deal, stageName: z.optional(z.string()) };

export const DealCreated = event({
  name: 'DealCreated',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A deal was opened, by a caller or by a conversion.',
  data: z.object(inStage),
});

export const DealUpdated = event({
  name: 'DealUpdated',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'Fields of a deal changed; `previous` holds the former values of those that did.',
  data: z.object({ ...deal, changed: z.array(z.string()), previous: z.record(z.string(), z.unknown()) }),
});

export const DealStageChanged = event({
  name: 'DealStageChanged',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'An open deal moved to another stage.',
  data: z.object({ ...inStage, from: id('stage'), to: id('stage') }),
});

export const DealWon = event({
  name: 'DealWon',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A deal was won; its account is a customer from now on.',
  data: z.object(deal),
});

export const DealLost = event({
  name: 'DealLost',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A deal was lost, for the reason given.',
  data: z.object({ ...deal, reason: z.enum(lossReasons), note: z.optional(z.string()) }),
});

export const DealReopened = event({
  name: 'DealReopened',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A closed deal is open again, in the stage it was in.',
  data: z.object({ ...inStage, from: z.enum(dealStatuses) }),
});

export const DealDeleted = event({
  name: 'DealDeleted',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A deal was deleted; it is given as it last was, and counts no more.',
  data: z.object(deal),
});

export const DealRotten = event({
  name: 'DealRotten',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'An open deal has stood in its stage for longer than the stage allows; said once for each time it entered.',
  data: z.object(inStage),
});

export const TaskDue = event({
  name: 'TaskDue',
  schemaVersion: 1,
  sources: ['deals'],
  summary: 'A follow-up that is not done is due; said once for each due time.',
  data: z.object({ task: Task, dealName: z.string() }),
});
