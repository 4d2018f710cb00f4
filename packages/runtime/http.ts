import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Routes } from '#contracts/core/route.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import type { Consumed } from '#table/table.ts';
import { createAccess } from './access.ts';
import { consumedSince } from './consumed.ts';
import { type CorsPolicy, crossOriginHeaders, preflightHeaders } from './cors.ts';
import { type Edge, lambdaEdge } from './edge.ts';
import { faultOf } from './fault.ts';
import { createFront } from './front.ts';
import { type GatewayEvent, type GatewayResult, isDefect, problemAnswer, problemOf, toResult } from './gateway.ts';
import type { Handler, Handlers } from './handlers.ts';
import { observing } from './observing.ts';
import { runOperation } from './operation.ts';
import { methodNotAllowed, notFound, withHeaders } from './problem.ts';
import { requestIdFrom } from './request-id.ts';
import { createRouter, type Match } from './router.ts';
import { traced } from './tracing.ts';

/** What the HTTP function needs to know of its service. The whole declaration will do, but brings along the schemas of events that only the other function reads. */
export type HttpDeclaration = Pick<ServiceDeclaration, 'name' | 'routes'>;

export interface HttpService<S extends HttpDeclaration, Rs extends Routes> {
  readonly service: S;
  /** The operations that this function serves; those of the service unless given (what `servedBy` names is another function's). */
  readonly routes?: Rs;
  readonly handlers: Handlers<NoInfer<Rs>>;
  /** CORS by operationId; an operation without a policy answers no other origin. */
  readonly cors?: { readonly [Operation in keyof NoInfer<Rs>]?: CorsPolicy };
  /** What tests put in the place of table, clock, secret and randomness. */
  readonly edge?: Edge;
}

export type HttpLambda = (event: GatewayEvent, context: Context) => Promise<GatewayResult>;

/** Milliseconds before the function's timeout at which it answers for itself: API Gateway's own words are not ours. */
const answerBeforeTimeout = 300;

const headerOf = (event: GatewayEvent) => (name: string) => event.headers[name];

const allowOf = (match: Match): string[] => [
  ...[...match.operations.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
  'OPTIONS',
];

const requestIdOf = (event: GatewayEvent): string => event.headers['x-request-id'] ?? '';

/** What a request turned out to be, for the log. */
interface Seen {
  operation: string;
  callerId: string;
  readonly startedAt: number;
  consumed: Consumed | undefined;
  /** What the answer says of the caller's limit, whatever it is. */
  limitHeaders: Readonly<Record<string, string>>;
}

interface Dispatcher {
  readonly service: HttpDeclaration;
  readonly routes: Routes;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly cors: Readonly<Record<string, CorsPolicy | undefined>>;
  readonly edge: Edge;
}

/** Finds the operation, asks whether the caller may, and runs it. */
const createDispatch = ({ service, routes, handlers, cors, edge }: Dispatcher) => {
  const route = createRouter(routes);
  const access = createAccess(edge);

  const preflight = async (match: Match, event: GatewayEvent): Promise<GatewayResult> => {
    const header = headerOf(event);
    const asked = header('access-control-request-method');
    const policy = cors[match.operations.get(asked ?? '')?.name ?? ''];
    const origin = { origin: header('origin'), host: header('host') };
    const headers =
      policy === undefined || !match.wellFormed || asked === undefined
        ? {}
        : preflightHeaders(origin, await policy(match.params, edge.table), [asked]);
    return toResult({ status: 204, headers: { allow: allowOf(match).join(', '), ...headers } });
  };

  return async (event: GatewayEvent, seen: Seen): Promise<GatewayResult> => {
    const method = event.requestContext.http.method;
    const header = headerOf(event);
    const match = route(event.rawPath);
    if (match === undefined) throw notFound();
    if (method === 'OPTIONS') return preflight(match, event);
    const operation = match.operations.get(method === 'HEAD' ? 'GET' : method);
    if (operation === undefined) throw methodNotAllowed(allowOf(match));
    seen.operation = operation.name;
    const { caller: known, headers } = await access.admit(operation.route, header('authorization'));
    seen.limitHeaders = headers;
    if (!match.wellFormed) throw notFound();
    const formId = match.params.formId;
    const caller = known ?? { id: 'public', actor: formId === undefined ? `system:${service.name}` : `form:${formId}`, scopes: [] };
    seen.callerId = caller.id;
    const policy = cors[operation.name];
    const crossOrigin =
      policy === undefined
        ? {}
        : crossOriginHeaders({ origin: header('origin'), host: header('host') }, await policy(match.params, edge.table));
    const handler = handlers[operation.name];
    if (handler === undefined) throw new TypeError(`${operation.name} has no handler`);
    const requestId = requestIdOf(event);
    const call = { service: service.name, edge, operation, handler, event, header, params: match.params, caller, requestId };
    try {
      const answer = await traced(operation.name, requestId, () => runOperation(call));
      return toResult({ ...answer, headers: { ...crossOrigin, ...answer.headers } });
    } catch (error) {
      if (isDefect(error)) throw error;
      throw withHeaders(problemOf(error), crossOrigin);
    }
  };
};

type Stack = middy.MiddlewareObj<GatewayEvent, GatewayResult>;

/** Every request has an id from here on, and every answer names it. */
const identified = (): Stack => ({
  before: ({ event }) => {
    void observing();
    event.headers['x-request-id'] = requestIdFrom(event.headers['x-request-id']);
  },
  after: ({ event, response }) => {
    if (response !== null && response !== undefined) response.headers = { ...response.headers, 'x-request-id': requestIdOf(event) };
  },
});

/** One line of log and the metrics for each request. */
const observed = (edge: () => Edge, seenOf: (event: GatewayEvent) => Seen): Stack => {
  const finish: Stack['after'] = async ({ event, response, context }) => {
    const { logger, report } = await observing();
    const { operation, callerId, startedAt, consumed } = seenOf(event);
    logger.addContext(context);
    const status = response?.statusCode ?? 500;
    report({
      operation,
      callerId,
      correlationId: requestIdOf(event),
      status,
      fault: status >= 500,
      milliseconds: performance.now() - startedAt,
      ...(consumed === undefined ? {} : { table: consumedSince(consumed, edge().table) }),
    });
  };
  return { after: finish, onError: finish };
};

/** Errors become problem details; the unexpected is logged whole and answered without a word about it. */
const problems = (seenOf: (event: GatewayEvent) => Seen): Stack => ({
  onError: async (request) => {
    const { event, error } = request;
    const requestId = requestIdOf(event);
    if (isDefect(error)) {
      const { logger } = await observing();
      logger.error('defect', { error: faultOf(error), correlation_id: requestId, operation: seenOf(event).operation });
    }
    const result = toResult(problemAnswer(problemOf(error), event.rawPath, requestId));
    request.response = { ...result, headers: { ...result.headers, 'x-request-id': requestId } };
  },
});

/** Tells browsers to come over HTTPS alone, where nothing else is served (RFC 6797). */
const secured = (isHttpsOnly: () => boolean): Stack => {
  const add: Stack['after'] = ({ response }) => {
    if (response && isHttpsOnly())
      response.headers = { ...response.headers, 'strict-transport-security': 'max-age=63072000; includeSubDomains' };
  };
  return { after: add, onError: add };
};

/** Whoever calls with a limited key is told where it stands. */
const limited = (seenOf: (event: GatewayEvent) => Seen): Stack => {
  const tell: Stack['after'] = ({ event, response }) => {
    if (response !== null && response !== undefined) response.headers = { ...response.headers, ...seenOf(event).limitHeaders };
  };
  return { after: tell, onError: tell };
};

/** What HEAD answers is GET's without the body (RFC 9110). */
const headless = (): Stack => {
  const strip: Stack['after'] = (request) => {
    if (request.event.requestContext.http.method !== 'HEAD' || !request.response) return;
    const { body: _body, ...rest } = request.response;
    request.response = rest;
  };
  return { after: strip, onError: strip };
};

/** The Lambda handler of a service's HTTP function: routing, access, limits, validation, idempotency, problem details. */
export function serveHttp<const S extends HttpDeclaration, const Rs extends Routes = S['routes']>(options: HttpService<S, Rs>): HttpLambda;
export function serveHttp(options: HttpService<HttpDeclaration, Routes>): HttpLambda {
  const { service, handlers, cors = {}, routes = service.routes } = options;
  let made: { edge: Edge; admit: ReturnType<typeof createFront>; dispatch: ReturnType<typeof createDispatch> } | undefined;
  const make = () => {
    const edge = options.edge ?? lambdaEdge();
    return { edge, admit: createFront(edge), dispatch: createDispatch({ service, routes, handlers, cors, edge }) };
  };
  const started = () => (made ??= make());

  const all = new WeakMap<GatewayEvent, Seen>();
  const seenOf = (event: GatewayEvent): Seen => {
    const seen = all.get(event) ?? {
      operation: 'unknown',
      callerId: 'public',
      startedAt: performance.now(),
      consumed: undefined,
      limitHeaders: {},
    };
    all.set(event, seen);
    return seen;
  };

  const serve = async (event: GatewayEvent): Promise<GatewayResult> => {
    const { admit, dispatch, edge } = started();
    const seen = seenOf(event);
    seen.consumed = { ...edge.table.consumed };
    await admit(event);
    return dispatch(event, seen);
  };
  return middy<GatewayEvent, GatewayResult>(serve, { timeoutEarlyInMillis: answerBeforeTimeout })
    .use(observed(() => started().edge, seenOf))
    .use(secured(() => made?.edge.httpsOnly === true))
    .use(headless())
    .use(limited(seenOf))
    .use(problems(seenOf))
    .use(identified());
}
