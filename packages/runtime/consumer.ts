import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import type { Edge } from './edge.ts';
import type { EventHandlers } from './handlers.ts';

export interface EventService<S extends ServiceDeclaration> {
  readonly service: S;
  readonly handlers: EventHandlers<S['consumes']>;
  /** What tests put in the place of table, clock, secret and randomness. */
  readonly edge?: Edge;
}

export type QueueLambda = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The Lambda handler of a service's queue of events, with partial batch failure and dead letters. */
export declare const serveEvents: <const S extends ServiceDeclaration>(options: EventService<S>) => QueueLambda;
