import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { readEnvironment } from '#runtime/environment.ts';
import { RelayEnvironment } from './environment.ts';
import { relayEvents } from './relay-events.ts';

const { BUS_NAME } = readEnvironment(RelayEnvironment);
const logger = new Logger();
const metrics = new Metrics();
// The relay has its own patience, which knows how much time is left and which entries failed.
const client = new EventBridgeClient({ maxAttempts: 1 });
const said = new Set<string>();

/** Batches of the table's stream, filtered to new event items, onto the bus; answers with the record to resume at. */
export const handler = async ({ Records }: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> => {
  const outcome = await relayEvents(Records, {
    client,
    busName: BUS_NAME,
    said,
    random: Math.random,
    sleep,
    remaining: () => context.getRemainingTimeInMillis(),
  });
  metrics.addMetric('EventsRelayed', MetricUnit.Count, outcome.relayed);
  metrics.addMetric('EventsRefused', MetricUnit.Count, outcome.refused.length);
  metrics.addMetric('PoisonRecords', MetricUnit.Count, outcome.poison.length);
  metrics.publishStoredMetrics();
  for (const { sequenceNumber, reason } of outcome.poison) {
    logger.error('a record cannot be put on the bus', { sequenceNumber, reason });
  }
  for (const { entry, code } of outcome.refused) {
    logger.error('the bus did not take an event', { sequenceNumber: entry.sequenceNumber, eventId: entry.eventId, code });
  }
  return { batchItemFailures: outcome.resumeAt === undefined ? [] : [{ itemIdentifier: outcome.resumeAt }] };
};
