import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An HTTP answer of one of the endpoints. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The services on the one port: their error names' prefix, and the version of their protocol. */
export interface Protocol {
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  readonly errorPrefix: string;
}

export const DYNAMODB: Protocol = { contentType: 'application/x-amz-json-1.0', errorPrefix: 'com.amazonaws.dynamodb.v20120810#' };
export const JSON_1_1: Protocol = { contentType: 'application/x-amz-json-1.1', errorPrefix: '' };

/** The errors that come from AWS's front, before DynamoDB sees the request, have a prefix of their own. */
const FRONT_PREFIX: ReadonlyMap<string, string> = new Map([
  ['AccessDeniedException', 'com.amazon.coral.service#'],
  ['IncompleteSignatureException', 'com.amazon.coral.service#'],
  ['MissingAuthenticationTokenException', 'com.amazon.coral.service#'],
  ['SerializationException', 'com.amazon.coral.service#'],
  ['UnknownOperationException', 'com.amazon.coral.service#'],
  ['ThrottlingException', 'com.amazon.coral.availability#'],
  ['ValidationException', 'com.amazon.coral.validate#'],
]);

export function rawAnswer(protocol: Protocol, status: number, body: Buffer): Answer {
  return {
    status,
    headers: {
      'content-type': protocol.contentType,
      'content-length': String(body.length),
      'x-amzn-requestid': randomUUID(),
      'x-amz-crc32': String(crc32(body)),
    },
    body,
  };
}

export function answer(protocol: Protocol, value: unknown, status = 200): Answer {
  return rawAnswer(protocol, status, Buffer.from(JSON.stringify(value)));
}

/** An error in AWS's JSON form; `members` are further ones of its shape. */
export function failure(protocol: Protocol, name: string, message: string | undefined, status = 400, members: object = {}): Answer {
  const prefix = (protocol === DYNAMODB ? FRONT_PREFIX.get(name) : undefined) ?? protocol.errorPrefix;
  const text = message === undefined ? {} : name === 'TransactionCanceledException' ? { Message: message } : { message };
  return answer(protocol, { __type: prefix + name, ...text, ...members }, status);
}
