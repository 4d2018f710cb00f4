import type * as z from 'zod/mini';
import type { EventContract, EventDetail } from '#contracts/core/event.ts';
import type { Route, Routes } from '#contracts/core/route.ts';
import type { Answer } from './answer.ts';
import type { UnitOfWork } from './unit-of-work.ts';

type QueryOf<R extends Route> = R extends Route<infer Query, infer _Body, infer _Response> ? z.output<Query> : never;
type BodyOf<R extends Route> = R extends Route<infer _Query, infer Body, infer _Response> ? z.output<Body> : never;

/** Who asks. On a public route `id` is `public`. */
export interface Caller {
  /** Tells callers apart, in logs and for idempotency; names no person. */
  readonly id: string;
  /** `key:<id>`, `user:<subject>` with an access token; on a public route under a form `form:<id>`. */
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** A request that passed access, limits and validation. */
export interface HttpRequest<R extends Route = Route> {
  /** The last path parameter, of the kind the path names; '' on a path without parameters. */
  readonly id: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryOf<R>;
  /** The checked body of a `json` route, the text of a `csv` one; an absent optional one is checked as `{}`. */
  readonly body: BodyOf<R>;
  /**
   * `merge-patch` routes: lays the patch over the resource's present writable fields (RFC 7396) and checks the outcome with the route's
   * schema. Throws the 422 that it deserves.
   */
  merge(present: Readonly<Record<string, unknown>>): BodyOf<R>;
  /** `form` routes: fields as read; a field that came several times is a list. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The body's bytes as they were sent: what a signature is made of. */
  readonly rawBody: Uint8Array;
  /** The query's parameters as they came, also those that the route does not declare; one that came several times is a list. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  /** Header by lower-case name. */
  header(name: string): string | undefined;
  /** 412 when the caller's `If-Match` names another version. Call it with the record's `version` once it is read. */
  assertIfMatch(version: number): void;
  readonly caller: Caller;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** List routes: how many, and the position to go on from. */
  readonly page: { readonly limit: number; readonly after: string | undefined };
}

/** An operation's use case. (A method's type, so that handlers of different routes fit one map.) */
export type Handler<R extends Route = Route> = {
  handle(request: HttpRequest<R>, unit: UnitOfWork): Promise<Answer>;
}['handle'];

/** One handler for each operation: a missing one does not compile. */
export type Handlers<Rs extends Routes> = { readonly [Operation in keyof Rs]: Handler<Rs[Operation]> };

/** An event of the contract as it came, its data checked; members this version does not know are dropped. */
export interface ReceivedEvent<E extends EventContract = EventContract> extends EventDetail<z.output<E['data']>> {
  /** `leadline.<service>`, or `marketing.…` from outside. */
  readonly source: string;
  readonly detailType: E['name'];
}

/** What an event leads to. (A method's type, so that handlers of different events fit one map.) */
export type EventHandler<E extends EventContract = EventContract> = {
  handle(event: ReceivedEvent<E>, unit: UnitOfWork): Promise<void>;
}['handle'];

/** One handler for each event that the service consumes, by its name. */
export type EventHandlers<Contracts extends readonly EventContract[]> = {
  readonly [E in Contracts[number] as E['name']]: EventHandler<E>;
};
