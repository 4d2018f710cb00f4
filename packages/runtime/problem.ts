import { type FieldError, type ProblemSlug, problems } from '#contracts/core/problems.ts';
import { type RateLimit, rateLimitHeaders } from './rate-limit.ts';

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Members beside the standard ones, `existingId`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that the caller sees as RFC 9457 problem details. Everything in it is public: name no internals. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly slug: ProblemSlug;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(slug: ProblemSlug, detail: string, options: ProblemOptions = {}) {
    super(`${slug}: ${detail}`);
    this.slug = slug;
    this.status = problems[slug].status;
    this.title = problems[slug].title;
    this.detail = detail;
    this.errors = options.errors;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }
}

type Malformed = 'malformed-json' | 'malformed-request' | 'invalid-query' | 'invalid-cursor' | 'invalid-idempotency-key';

/** 400: the request cannot be read. */
export const malformed = (slug: Malformed, detail: string, errors?: readonly FieldError[]): Problem =>
  new Problem(slug, detail, errors === undefined ? {} : { errors });

/** 401, the same words whatever the cause, so that nothing is learnt about keys. */
export const unauthenticated = (): Problem =>
  new Problem('unauthenticated', 'A valid API key or access token is needed.', {
    headers: { 'www-authenticate': 'Bearer realm="leadline"' },
  });

/** 401 for a webhook whose signature, or key, is missing or wrong. */
export const unsigned = (): Problem =>
  new Problem('unauthenticated', 'The signature of this delivery is missing or wrong.', {
    headers: { 'www-authenticate': 'Signature realm="leadline"' },
  });

/** 403: known, but not allowed. */
export const forbidden = (detail: string): Problem => new Problem('forbidden', detail);

/** 403 for a browser on a page whose origin the form does not list. */
export const originNotAllowed = (): Problem => new Problem('origin-not-allowed', 'Submissions from this origin are not accepted.');

/** 403: where something stands in front, what goes round it is not served. */
export const notDirectly = (): Problem => new Problem('not-served-directly', 'Use the public address of this API.');

/** 404: no such path or record, or one that is deleted. */
export const notFound = (detail = 'There is nothing at this path.'): Problem => new Problem('not-found', detail);

/** 405 with the methods that the path has. */
export const methodNotAllowed = (allow: readonly string[]): Problem =>
  new Problem('method-not-allowed', `This path answers ${allow.join(', ')}.`, { headers: { allow: allow.join(', ') } });

/** 409: the state of the record, or of another, stands against it. */
export const conflict = (
  slug: 'in-use' | 'not-mergeable' | 'illegal-transition',
  detail: string,
  extra: Readonly<Record<string, unknown>> = {},
): Problem => new Problem(slug, detail, { extra });

/** 409 `/problems/duplicate`: another record holds what must be unique. */
export const duplicate = (existingId: string, detail = 'Another record holds that value.'): Problem =>
  new Problem('duplicate', detail, { extra: { existingId } });

/** 409 `/problems/illegal-transition`. */
export const illegalTransition = (from: string, to: string): Problem =>
  new Problem('illegal-transition', `It is ${from} and cannot become ${to}.`, { extra: { from, to } });

/** 409 `/problems/merged`: the record was merged away; `mergedInto` is the final survivor. */
export const merged = (mergedInto: string): Problem =>
  new Problem('merged', 'It was merged into another record.', { extra: { mergedInto } });

/** 412: a caller changed it since the version that the request names. */
export const preconditionFailed = (): Problem => new Problem('precondition-failed', 'It has been changed since that version.');

/** 413: a body beyond the route's limit in bytes. */
export const tooLarge = (maxBytes: number): Problem => new Problem('body-too-large', `The body must not exceed ${maxBytes} bytes.`);

/** 415: the body's media type or encoding is not one the path reads. */
export const unsupportedMediaType = (accepted: readonly string[]): Problem =>
  new Problem('unsupported-media-type', `The body must be ${accepted.join(' or ')}.`);

/** 422: well-formed, but not valid. */
export const invalid = (errors: readonly FieldError[], detail = 'The request is well-formed but not valid.'): Problem =>
  new Problem('invalid', detail, { errors });

/** 422: the key came before with other bytes in the body. */
export const keyReused = (): Problem =>
  new Problem('idempotency-key-reused', 'This Idempotency-Key came before with another body; use a new key for a new request.');

/** 422 for one part of the body: `invalidField('/accountId', 'unknown_id', 'there is no such account')`. */
export const invalidField = (pointer: string, code: string, detail: string): Problem => invalid([{ pointer, code, detail }]);

/** 429 beyond a limit: when it is worth trying again, and what the limit is. */
export const tooManyRequests = (limit: RateLimit, detail = 'Too many requests.'): Problem =>
  new Problem('too-many-requests', detail, { headers: { 'retry-after': String(limit.resetSeconds), ...rateLimitHeaders(limit) } });

/** 503: the table would not take it in time; nothing was done. */
export const busy = (): Problem =>
  new Problem('busy', 'It could not be done just now; nothing was changed.', { headers: { 'retry-after': '1' } });

/** 500, with nothing about the cause. */
export const internal = (): Problem => new Problem('internal', 'Something went wrong on our side.');

/** The same refusal with more header fields. */
export const withHeaders = (problem: Problem, headers: Readonly<Record<string, string>>): Problem =>
  new Problem(problem.slug, problem.detail, {
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    extra: problem.extra,
    headers: { ...problem.headers, ...headers },
  });
