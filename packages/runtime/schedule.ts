import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { ServiceName } from '#contracts/core/event.ts';
import { type Edge, lambdaEdge } from './edge.ts';
import { faultOf } from './fault.ts';
import { observing } from './observing.ts';
import { traced } from './tracing.ts';
import { type Reader, runUnit, type UnitOfWork } from './unit-of-work.ts';

/** One run of a scheduled function. */
export interface Sweep {
  /** RFC 3339 UTC with milliseconds; when the run began. */
  readonly now: string;
  readonly table: Reader;
  /** False when what is left of the function's time is better left unused: the next run goes on. Ask before each batch and each step. */
  hasTime(): boolean;
  /**
   * One read-decide-commit. It must hold that the same step again does nothing, since a run may be repeated. What fails here is logged under `name` and
   * fails the run at its end, but keeps no other step from being done. True when it did not fail.
   */
  step(name: string, useCase: (unit: UnitOfWork) => Promise<void>): Promise<boolean>;
}

export interface ScheduledService {
  readonly service: { readonly name: ServiceName };
  readonly run: (sweep: Sweep) => Promise<void>;
  /** What tests put in the place of table, clock, secret and randomness. */
  readonly edge?: Edge;
}

export type ScheduleLambda = (event: unknown, context: Context) => Promise<void>;

/** Milliseconds kept back for the step under way, its retries and the report. */
const reserve = 4_000;

const sweepOf = (edge: Edge, service: ServiceName, context: Context, failures: string[]): Sweep => {
  const now = new Date(edge.now()).toISOString();
  // Lambda repeats a failed run under the same request id.
  const correlationId = context.awsRequestId;
  const provenance = { service, actor: `system:${service}`, correlationId, causationId: correlationId, now };
  return {
    now,
    table: edge.table,
    hasTime: () => context.getRemainingTimeInMillis() > reserve,
    step: async (name, useCase) => {
      try {
        await runUnit({ edge, provenance, guardOf: (effect) => effect.guard }, useCase);
        return true;
      } catch (error) {
        failures.push(name);
        const { logger } = await observing();
        logger.error('step failed', { correlation_id: correlationId, step: name, error: faultOf(error) });
        return false;
      }
    },
  };
};

/**
 * The Lambda handler of a function that runs by the clock. It fails when a step of it failed, so that the run is tried again and, in the end, told of.
 *
 * @throws {Error} naming how many steps failed.
 */
export const serveSchedule = ({ service, run, edge }: ScheduledService): ScheduleLambda => {
  let made: Edge | undefined;
  return middy<unknown, void>(
    async (_event: unknown, context: Context) => {
      made ??= edge ?? lambdaEdge();
      const failures: string[] = [];
      const sweep = sweepOf(made, service.name, context, failures);
      const before = performance.now();
      let finished = false;
      try {
        await traced('sweep', context.awsRequestId, () => run(sweep));
        finished = true;
      } finally {
        const { report } = await observing();
        const fault = !finished || failures.length > 0;
        const status = fault ? 'failed' : 'done';
        report({ operation: 'sweep', correlationId: context.awsRequestId, status, fault, milliseconds: performance.now() - before });
      }
      if (failures.length > 0) throw new Error(`${failures.length} steps failed`);
    },
    { timeoutEarlyInMillis: 0 },
  ).before(async ({ context }) => {
    const { logger } = await observing();
    logger.addContext(context);
  });
};
