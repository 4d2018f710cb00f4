import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Routes } from '#contracts/core/route.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import type { Handlers } from './handlers.ts';
import type { Reader } from './unit-of-work.ts';
import type { Edge } from './edge.ts';

/**
 * The origins that may use an operation from a browser's script, by exact value; an empty list means any. Throws a 404 `Problem` when the
 * path names nothing.
 */
export type CorsPolicy = (params: Readonly<Record<string, string>>, table: Reader) => Promise<readonly string[]>;

export interface HttpService<S extends ServiceDeclaration, Rs extends Routes> {
  readonly service: S;
  /** The operations that this function serves; those of the service unless given (what `servedBy` names is another function's). */
  readonly routes?: Rs;
  readonly handlers: Handlers<NoInfer<Rs>>;
  /** CORS by operationId; an operation without a policy answers no other origin. */
  readonly cors?: { readonly [Operation in keyof Rs]?: CorsPolicy };
  /** What tests put in the place of table, clock, secret and randomness. */
  readonly edge?: Edge;
}

export type HttpLambda = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** The Lambda handler of a service's HTTP function: routing, access, limits, validation, idempotency, problem details. */
export declare const serveHttp: <const S extends ServiceDeclaration, const Rs extends Routes = S['routes']>(options: HttpService<S, Rs>) => HttpLambda;
