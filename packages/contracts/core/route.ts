import type * as z from 'zod/mini';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type ScopeArea = 'intake' | 'leads' | 'qualification' | 'accounts' | 'deals' | 'webhooks' | 'admin';

/** What a key or token may be given: `leads:read`, `deals:write`, `admin`. `:write` includes `:read`, `admin` includes all. */
export const scopes = [
  'intake:read',
  'intake:write',
  'leads:read',
  'leads:write',
  'qualification:read',
  'qualification:write',
  'accounts:read',
  'accounts:write',
  'deals:read',
  'deals:write',
  'webhooks:read',
  'webhooks:write',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

/**
 * How a request's body is read.
 * - `json`: parsed, then checked against `schema`.
 * - `merge-patch`: RFC 7396, laid over the resource's present fields by the use case and then checked against `schema`.
 * - `csv`: text/csv in UTF-8, given to the use case as one text.
 * - `form`: JSON, application/x-www-form-urlencoded or multipart/form-data (no files) of any fields, given to the use case as read.
 */
export type RequestBody<Body extends z.ZodMiniType = z.ZodMiniType> =
  | { readonly kind: 'json'; readonly schema: Body; readonly optional?: boolean; readonly maxBytes?: number }
  | { readonly kind: 'merge-patch'; readonly schema: Body; readonly maxBytes?: number }
  | { readonly kind: 'csv'; readonly schema: Body; readonly maxBytes?: number }
  | { readonly kind: 'form'; readonly schema: Body; readonly maxBytes?: number };

export interface RouteAnswer<Response extends z.ZodMiniType = z.ZodMiniType> {
  readonly status: 200 | 201 | 202 | 204;
  readonly schema?: Response;
  /** Media type of a body that is not JSON. */
  readonly contentType?: string;
  /** Other statuses of success or redirection, and what each means; those below 300 carry the same body. */
  readonly also?: Readonly<Record<number, string>>;
  /** Names of header fields of this answer beyond those every answer has. */
  readonly headers?: readonly string[];
}

/**
 * One operation of the HTTP contract. Router, API Gateway routes, validation, access, OpenAPI and client derive from it.
 * `path` is written whole with `{name}` parameters. A parameter that names an id kind in `ids` and does not match it is 404.
 */
export interface Route<
  Query extends z.ZodMiniType = z.ZodMiniType,
  Body extends z.ZodMiniType = z.ZodMiniType,
  Response extends z.ZodMiniType = z.ZodMiniType,
> {
  readonly method: Method;
  readonly path: string;
  readonly access: 'public' | ScopeArea;
  readonly summary: string;
  readonly description?: string;
  /** Query parameters; each value arrives as text, so schemas start from strings. Unknown parameters are ignored, empty values are 400. */
  readonly query?: Query;
  readonly body?: RequestBody<Body>;
  readonly answer: RouteAnswer<Response>;
  /** Problem slugs (contracts/core/problems.ts) this operation may answer beyond those every operation may. */
  readonly problems?: readonly string[];
  /** Statuses that a browser (`Accept: text/html`) is answered with a page. */
  readonly pages?: readonly number[];
  /** `list` adds `limit`, `cursor`, CSV; the answer is a List. */
  readonly list?: boolean;
  /** The function that serves it when it is not the service's HTTP function (what is heavy has its own). */
  readonly servedBy?: string;
}

/** Declares a route, keeping the types of its schemas. */
export const route = <
  const Query extends z.ZodMiniType = z.ZodMiniType<Record<never, never>>,
  const Body extends z.ZodMiniType = z.ZodMiniType<undefined>,
  const Response extends z.ZodMiniType = z.ZodMiniType<undefined>,
>(
  declaration: Route<Query, Body, Response>,
): Route<Query, Body, Response> => declaration;

/** Operations by operationId. */
export type Routes = Readonly<Record<string, Route>>;

/** The scope a caller needs: GET needs `:read`, all else `:write`; `admin` has no halves. */
export const scopeFor = (declared: Route): Scope | undefined => {
  if (declared.access === 'public') return undefined;
  if (declared.access === 'admin') return 'admin';
  return `${declared.access}:${declared.method === 'GET' ? 'read' : 'write'}`;
};

/** True when what was granted covers what is needed. */
export const covers = (granted: readonly string[], needed: Scope): boolean =>
  granted.includes('admin') ||
  granted.includes(needed) ||
  (needed.endsWith(':read') && granted.includes(needed.replace(/:read$/, ':write')));
