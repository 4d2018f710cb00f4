import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventContract } from '#contracts/core/event.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { AlreadyDone } from '#table/errors.ts';
import type { Draft } from '#table/item.ts';
import { inboxKey } from '#table/keys.ts';
import { markedSeconds, recordDeadLetter } from './dead-letter.ts';
import { type Edge, lambdaEdge } from './edge.ts';
import { faultOf } from './fault.ts';
import type { EventHandler, EventHandlers } from './handlers.ts';
import { observing } from './observing.ts';
import { type Message, readEvent, readMessage, UnreadableEvent } from './received.ts';
import { traced } from './tracing.ts';
import { type Effect, runUnit } from './unit-of-work.ts';

/** What the queue's function needs to know of its service; the whole declaration brings along the schemas of its routes. */
export type EventDeclaration = Pick<ServiceDeclaration, 'name' | 'consumes'>;

export interface EventService<S extends EventDeclaration> {
  readonly service: S;
  readonly handlers: EventHandlers<S['consumes']>;
  /** What tests put in the place of table, clock, secret and randomness. */
  readonly edge?: Edge;
}

export type QueueLambda = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Receives of a message before it is given up; the queue's `maxReceiveCount`, so that only crashes and timeouts get past it. */
export const mostAttempts = 5;

/** Subjects handled at a time. */
const concurrency = 4;

type Attempt = 'done' | 'retry' | 'dead-letter';

interface Delivery {
  readonly record: SQSRecord;
  readonly message: Message;
}

interface Consumer {
  readonly service: EventDeclaration;
  readonly handlers: Readonly<Record<string, EventHandler>>;
  readonly edge: Edge;
}

const describe = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : 'an error without a name');

/** Events about one subject in the order in which they were said; those of one moment by their number. */
const inOrder = ({ message: a }: Delivery, { message: b }: Delivery): number =>
  a.occurredAt === b.occurredAt ? a.sequence - b.sequence : a.occurredAt < b.occurredAt ? -1 : 1;

/** Handles one event once: its effect and the mark of it are one transaction. */
const handle = async ({ service, handlers, edge }: Consumer, message: Message): Promise<void> => {
  const contracts: readonly EventContract[] = service.consumes;
  const event = readEvent(message, contracts);
  const handler = handlers[event.detailType];
  if (handler === undefined) throw new UnreadableEvent(`no handler for ${event.detailType}`);
  const { metadata } = event;
  const startedAt = edge.now();
  const key = inboxKey(service.name, metadata.eventId);
  const mark: Draft = { ...key, kind: 'inbox', data: {}, expiresAt: Math.floor(startedAt / 1000) + markedSeconds };
  const provenance = {
    service: service.name,
    actor: event.source.startsWith('leadline.') ? `system:${service.name}` : metadata.actor,
    correlationId: metadata.correlationId,
    causationId: metadata.eventId,
    now: new Date(startedAt).toISOString(),
  };
  try {
    await runUnit({ edge, provenance, guardOf: (effect: Effect) => effect.guard ?? (effect.unmarked ? undefined : mark) }, (unit) =>
      handler(event, unit),
    );
  } catch (error) {
    if (error instanceof AlreadyDone) return;
    // A second delivery may be refused for what the first has done; the mark then says so.
    if ((await edge.table.get(key)) !== undefined) return;
    throw error;
  }
};

const attempt = async (consumer: Consumer, { record, message }: Delivery): Promise<Attempt> => {
  const { edge, service } = consumer;
  try {
    await traced(message.detailType, message.correlationId ?? '', () => handle(consumer, message));
    return 'done';
  } catch (error) {
    const about = { correlation_id: message.correlationId, eventId: message.eventId, event: message.detailType };
    const { logger } = await observing();
    const last = error instanceof UnreadableEvent || Number(record.attributes.ApproximateReceiveCount) >= mostAttempts;
    logger.error(last ? 'event given up' : 'event failed', { ...about, error: faultOf(error) });
    // A dead letter about a dead letter would go round for ever: that one is left to the queue's own.
    if (!last || message.detailType === 'DeadLetterRecorded') return 'retry';
    await recordDeadLetter(edge, service.name, message, { messageId: record.messageId, error: describe(error) });
    return 'dead-letter';
  }
};

const observe = async (consumer: Consumer, delivery: Delivery): Promise<boolean> => {
  const { message } = delivery;
  const before = performance.now();
  const outcome = await attempt(consumer, delivery).catch(async (error: unknown): Promise<Attempt> => {
    if (error instanceof AlreadyDone) return 'dead-letter';
    const { logger } = await observing();
    logger.error('dead letter not recorded', { eventId: message.eventId, error: faultOf(error) });
    return 'retry';
  });
  const { report } = await observing();
  report({
    operation: message.detailType,
    correlationId: message.correlationId ?? 'unknown',
    ...(message.eventId === undefined ? {} : { eventId: message.eventId }),
    status: outcome,
    fault: outcome !== 'done',
    milliseconds: performance.now() - before,
  });
  return outcome !== 'retry';
};

const consume = async (consumer: Consumer, records: readonly SQSRecord[]): Promise<SQSBatchResponse> => {
  const deliveries = records.map((record) => ({ record, message: readMessage(record.body) }));
  const groups = [...Map.groupBy(deliveries, ({ record, message }) => message.subject ?? record.messageId).values()];
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift())
      for (const delivery of group.toSorted(inOrder)) if (!(await observe(consumer, delivery))) failed.push(delivery.record.messageId);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};

/** The Lambda handler of a service's queue of events, with partial batch failure and dead letters. */
export function serveEvents<const S extends EventDeclaration>(options: EventService<S>): QueueLambda;
export function serveEvents(options: EventService<EventDeclaration>): QueueLambda {
  const { service, handlers } = options;
  let made: Consumer | undefined;
  const started = () => (made ??= { service, handlers, edge: options.edge ?? lambdaEdge() });
  return middy<SQSEvent, SQSBatchResponse>((event: SQSEvent) => consume(started(), event.Records), { timeoutEarlyInMillis: 0 }).before(
    async ({ context }) => {
      const { logger } = await observing();
      logger.addContext(context);
    },
  );
}
