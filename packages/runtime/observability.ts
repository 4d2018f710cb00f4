import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Consumed } from '#table/table.ts';

/**
 * The function's log: one JSON object a line. Ids, codes and durations only: never a body, a query, a header, an address or any other data
 * of a person.
 */
export const logger = new Logger();

const metrics = new Metrics({ namespace: process.env.POWERTOOLS_METRICS_NAMESPACE ?? 'Leadline' });

/** One operation or event as it went. */
export interface Outcome {
  readonly operation: string;
  readonly correlationId: string;
  /** HTTP status, or `done`, `retry`, `dead-letter` for an event. */
  readonly status: number | string;
  readonly milliseconds: number;
  readonly fault: boolean;
  readonly callerId?: string;
  readonly eventId?: string;
  readonly table?: Consumed;
}

/** Writes the line and the metrics (embedded metric format) of what was done. */
export const report = (outcome: Outcome): void => {
  const { operation, correlationId, milliseconds, fault, ...rest } = outcome;
  logger.info(operation, { correlation_id: correlationId, durationMs: milliseconds, ...rest });
  metrics.addDimension('operation', operation);
  metrics.addMetric('Duration', 'Milliseconds', milliseconds);
  metrics.addMetric('Faults', 'Count', fault ? 1 : 0);
  if (outcome.table !== undefined) metrics.addMetric('WriteUnits', 'Count', outcome.table.writeUnits);
  metrics.publishStoredMetrics();
};
