import * as z from 'zod/mini';

/**
 * Every kind of problem an answer may carry (RFC 9457). `type` is `/problems/<slug>`. The one table that maps a refusal to its status:
 * nothing else in the product names an HTTP error status.
 */
export const problems = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-query': { status: 400, title: 'A query parameter is not valid' },
  'invalid-cursor': { status: 400, title: 'The cursor does not belong to this list' },
  'invalid-idempotency-key': { status: 400, title: 'The Idempotency-Key is not valid' },
  unauthenticated: { status: 401, title: 'Credentials are missing or not valid' },
  forbidden: { status: 403, title: 'The credentials do not allow this' },
  'origin-not-allowed': { status: 403, title: 'This form does not accept submissions from this origin' },
  'not-served-directly': { status: 403, title: 'This address does not serve requests' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  duplicate: { status: 409, title: 'It exists already' },
  'illegal-transition': { status: 409, title: 'The present state does not allow this' },
  merged: { status: 409, title: 'It was merged into another' },
  'not-mergeable': { status: 409, title: 'These cannot be merged' },
  'more-than-owed': { status: 409, title: 'More than is owed' },
  'in-use': { status: 409, title: 'It is in use' },
  'request-in-progress': { status: 409, title: 'A request with this Idempotency-Key is under way' },
  'precondition-failed': { status: 412, title: 'It was changed meanwhile' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  invalid: { status: 422, title: 'The request is not valid' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used with another body' },
  'headers-too-large': { status: 431, title: 'The header fields are too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  busy: { status: 503, title: 'Too busy, please try again' },
} as const;
export type ProblemSlug = keyof typeof problems;

/** One fault of a request: where (JSON Pointer into the body, or `?name` for a query parameter), what kind, and in words. */
export const FieldError = z.object({ pointer: z.string(), code: z.string(), detail: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** RFC 9457 problem details as Leadline answers them; some kinds carry more members (`existingId`, `from`, `to`, `mergedInto`). */
export const ProblemDetails = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  requestId: z.string(),
  errors: z.optional(z.array(FieldError)),
  existingId: z.optional(z.string()),
  from: z.optional(z.string()),
  to: z.optional(z.string()),
  mergedInto: z.optional(z.string()),
});
export type ProblemDetails = z.infer<typeof ProblemDetails>;
