import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type * as z from 'zod/mini';
import { ProblemDetails } from '#contracts/core/problems.ts';
import type { Route } from '#contracts/core/route.ts';
import { accountsRoutes } from '#contracts/routes/accounts.ts';
import { dealsRoutes } from '#contracts/routes/deals.ts';
import { intakeRoutes } from '#contracts/routes/intake.ts';
import { platformRoutes } from '#contracts/routes/platform.ts';
import { qualificationRoutes } from '#contracts/routes/qualification.ts';

const operations = { ...intakeRoutes, ...qualificationRoutes, ...accountsRoutes, ...dealsRoutes, ...platformRoutes };
type Operations = typeof operations;
export type OperationId = keyof Operations;

type QueryOf<R> = R extends Route<infer Query, infer _Body, infer _Response> ? z.input<Query> : never;
type BodyOf<R> = R extends Route<infer _Query, infer Body, infer _Response> ? z.input<Body> : never;
type BodyOfOperation<Id extends OperationId> = Operations[Id] extends { readonly method: 'PATCH' }
  ? { readonly [K in keyof BodyOf<Operations[Id]>]?: BodyOf<Operations[Id]>[K] | null }
  : BodyOf<Operations[Id]>;
export type ResponseOf<Id extends OperationId> =
  Operations[Id] extends Route<infer _Query, infer _Body, infer Response> ? z.output<Response> : never;

export interface Call<Id extends OperationId> {
  /** Values of the path's `{names}`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Partial<QueryOf<Operations[Id]>> & { readonly limit?: number; readonly cursor?: string };
  readonly body?: BodyOfOperation<Id>;
  /** Header fields beyond those the client sets: `If-Match`, `X-Request-Id`, an `Idempotency-Key` of your own. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** An answer that is no success; `problem` is what the server said of it (RFC 9457). */
export class LeadlineError extends Error {
  readonly status: number;
  readonly problem: ProblemDetails | undefined;

  constructor(status: number, problem: ProblemDetails | undefined) {
    super(problem ? `${status} ${problem.title}: ${problem.detail}` : `The server answered ${status}`);
    this.name = 'LeadlineError';
    this.status = status;
    this.problem = problem;
  }
}

export interface ClientOptions {
  /** `http://localhost:3000`, without a path. */
  readonly url: string;
  /** API key or access token. */
  readonly key: string;
  /** Tries after the first, for lost connections, 429 and 503; 3 unless told. */
  readonly retries?: number;
}

export interface LeadlineClient {
  /**
   * Calls one operation. A POST carries an `Idempotency-Key`, so that trying again has one effect.
   *
   * @throws {LeadlineError} when the answer is no success.
   */
  call<Id extends OperationId>(operation: Id, call?: Call<Id>): Promise<Reply<ResponseOf<Id>>>;
  /** Every item of a list, page after page. */
  all<Id extends OperationId>(operation: Id, call?: Call<Id>): AsyncGenerator<ItemOf<ResponseOf<Id>>>;
}

type ItemOf<List> = List extends { readonly data: readonly (infer Item)[] } ? Item : never;

const pathOf = (route: Route, params: Readonly<Record<string, string>>): string =>
  route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${route.path} needs ${name}`);
    return encodeURIComponent(value);
  });

const urlOf = (
  base: string,
  route: Route,
  { params = {}, query = {} }: { params?: Readonly<Record<string, string>>; query?: object },
): URL => {
  const url = new URL(pathOf(route, params), base);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
};

const isTemporary = (status: number): boolean => status === 429 || status === 503;

/** A typed client of the HTTP API; its operations, inputs and outputs are those of the contract. */
export const createClient = ({ url: base, key, retries = 3 }: ClientOptions): LeadlineClient => {
  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= retries;
      const outcome = await fetch(url, init).catch((error: unknown) => {
        if (last) throw error;
        return undefined;
      });
      if (outcome && (last || !isTemporary(outcome.status))) return outcome;
      await outcome?.arrayBuffer();
      const seconds = Number(outcome?.headers.get('retry-after') ?? 0);
      await wait(Math.max(seconds * 1000, Math.random() * 100 * 2 ** attempt));
    }
  };

  const request = async (operation: OperationId, options: AnyCall) => {
    const route: Route = operations[operation];
    const response = await send(urlOf(base, route, options), {
      method: route.method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        ...(route.method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    // What a 2xx carries is what the contract declares; the contract tests hold the server to it.
    const body = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) {
      const problem = ProblemDetails.safeParse(body);
      throw new LeadlineError(response.status, problem.success ? problem.data : undefined);
    }
    return { status: response.status, headers: response.headers, body };
  };

  return {
    call: (operation, options = {}) => request(operation, options),
    async *all(operation, options = {}) {
      let cursor: string | null = null;
      do {
        const query: object = { ...options.query, ...(cursor && { cursor }) };
        const { body } = await request(operation, { ...options, query });
        yield* body.data;
        cursor = body.nextCursor;
      } while (cursor);
    },
  };
};
