import type { Tracer } from '@aws-lambda-powertools/tracer';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { faultOf } from './fault.ts';
import { observing } from './observing.ts';

/**
 * The X-Ray SDK is a third of a bundle and as long to load as all of the rest, so it is loaded when the first sampled invocation comes.
 * Lambda itself records the invocations that it traces; this adds the operation and its calls to the table.
 */
let loading: Promise<Tracer | undefined> | undefined;
const clients = new Set<DynamoDBClient>();

/** Has the calls of this client shown in sampled traces. */
export const traceClient = (client: DynamoDBClient): void => {
  clients.add(client);
};

const isSampled = (): boolean => /Sampled=1/.test(process.env._X_AMZN_TRACE_ID ?? '') && process.env.POWERTOOLS_TRACE_ENABLED !== 'false';

const load = async (): Promise<Tracer | undefined> => {
  try {
    const powertools = await import('@aws-lambda-powertools/tracer');
    const tracer = new powertools.Tracer({ captureHTTPsRequests: false });
    for (const client of clients) tracer.captureAWSv3Client(client);
    return tracer;
  } catch (error) {
    const { logger } = await observing();
    logger.warn('traces are not recorded', { error: faultOf(error) });
    return undefined;
  }
};

/** Runs an operation as a subsegment of the trace, if this invocation is sampled. What fails in tracing fails nothing else. */
export const traced = async <T>(name: string, correlationId: string, run: () => Promise<T>): Promise<T> => {
  if (!isSampled()) return run();
  loading ??= load();
  const tracer = await loading;
  const parent = tracer?.getSegment();
  const segment = parent?.addNewSubsegment(`## ${name}`);
  if (tracer === undefined || parent === undefined || segment === undefined) return run();
  tracer.setSegment(segment);
  tracer.putAnnotation('correlationId', correlationId);
  tracer.addServiceNameAnnotation();
  tracer.annotateColdStart();
  try {
    return await run();
  } catch (error) {
    segment.addErrorFlag();
    throw error;
  } finally {
    segment.close();
    tracer.setSegment(parent);
  }
};
