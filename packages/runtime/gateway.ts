import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AlreadyDone, InvalidCursor, TableBusy, TransactionTooLarge } from '#table/errors.ts';
import type { Answer } from './answer.ts';
import { busy, internal, invalidField, malformed, Problem } from './problem.ts';

export type GatewayEvent = APIGatewayProxyEventV2;
export type GatewayResult = APIGatewayProxyStructuredResultV2;

/** What every answer carries. */
const everywhere = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** A resource as JSON, in bytes. */
const largestResource = 64 * 1024;

const bodyOf = (answer: Answer): { readonly text: string; readonly base64: boolean } | undefined => {
  if (answer.body === undefined) return undefined;
  if (answer.body instanceof Uint8Array) return { text: Buffer.from(answer.body).toString('base64'), base64: true };
  return {
    text: answer.contentType !== undefined && typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body),
    base64: false,
  };
};

/** An answer as API Gateway takes it (payload format 2.0). */
export const toResult = (answer: Answer): GatewayResult => {
  const body = bodyOf(answer);
  return {
    statusCode: answer.status,
    headers: {
      ...everywhere,
      ...(body === undefined ? {} : { 'content-type': answer.contentType ?? 'application/json' }),
      ...(answer.etag === undefined ? {} : { etag: `"${answer.etag}"` }),
      ...answer.headers,
    },
    ...(body === undefined ? {} : { body: body.text, isBase64Encoded: body.base64 }),
  };
};

/** The refusal that an error is to the caller; what is not expected says nothing of itself. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof TableBusy) return busy();
  if (error instanceof InvalidCursor) return malformed('invalid-cursor', 'The cursor does not belong to this list.');
  if (error instanceof TransactionTooLarge) return invalidField('', 'too_big', 'this would become larger than can be kept');
  return internal();
};

/** True for an error that no caller can bring about: it is ours, and is logged with its stack. */
export const isDefect = (error: unknown): boolean =>
  problemOf(error).status === 500 || error instanceof TableBusy || error instanceof AlreadyDone;

/** RFC 9457 problem details. */
export const problemAnswer = (problem: Problem, instance: string, requestId: string): Answer => ({
  status: problem.status,
  contentType: 'application/problem+json',
  headers: problem.headers,
  body: {
    type: `/problems/${problem.slug}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance,
    requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...problem.extra,
  },
});

/**
 * A resource (what has an entity tag) stays within 64 KiB.
 *
 * @throws {Problem} 422
 */
export const assertResourceFits = (answer: Answer): void => {
  if (answer.etag !== undefined && Buffer.byteLength(JSON.stringify(answer.body)) > largestResource)
    throw invalidField('', 'too_big', 'this would become larger than 64 KiB');
};
