import type { FieldError } from '#contracts/core/problems.ts';
import type { RequestBody } from '#contracts/core/route.ts';
import { invalid, invalidField, malformed, tooLarge, unsupportedMediaType } from './problem.ts';
import { pointerTo } from './validation.ts';

/** 1 MiB, unless a route says otherwise. */
const defaultMaxBytes = 1024 * 1024;

/** DynamoDB nests 32 levels at most; a record adds a few of its own. */
const deepest = 20;

const mediaTypes: Readonly<Record<RequestBody['kind'], readonly string[]>> = {
  json: ['application/json'],
  'merge-patch': ['application/merge-patch+json', 'application/json'],
  csv: ['text/csv'],
  form: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
};

/** The bytes as they were sent; API Gateway encodes what is not text as base64. */
export const bytesOf = (event: { readonly body?: string | undefined; readonly isBase64Encoded?: boolean }): Buffer =>
  Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');

export interface MediaType {
  readonly essence: string;
  readonly charset: string | undefined;
}

export const mediaTypeOf = (header: string | undefined): MediaType => {
  const [essence = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  return { essence: essence.toLowerCase(), charset: charset?.slice('charset='.length).replaceAll('"', '').toLowerCase() };
};

/** 413 or 415 before anything is read. Gives the media type, undefined for an absent optional body. */
export const assertReadable = (
  declared: RequestBody,
  bytes: Buffer,
  header: (name: string) => string | undefined,
): MediaType | undefined => {
  const maxBytes = declared.maxBytes ?? defaultMaxBytes;
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (bytes.length === 0 && declared.kind === 'json' && declared.optional === true) return undefined;
  const accepted = mediaTypes[declared.kind];
  const type = mediaTypeOf(header('content-type'));
  const encoding = header('content-encoding') ?? 'identity';
  if (!accepted.includes(type.essence) || !['utf-8', 'utf8', 'us-ascii', undefined].includes(type.charset) || encoding !== 'identity')
    throw unsupportedMediaType(accepted);
  return type;
};

const textOf = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('malformed-request', 'The body is not valid UTF-8.');
  }
};

// Cc but tab and newline, which texts may hold, and CR, which texts turn into newlines.
const controlCharacters = /(?![\t\n\r])\p{Cc}/u;

const textFault = (text: string): { code: string; detail: string } | undefined => {
  // A lone surrogate has no UTF-8; stored and read again it would be another text.
  if (!text.isWellFormed()) return { code: 'invalid_unicode', detail: 'must be well-formed Unicode' };
  if (controlCharacters.test(text)) return { code: 'control_character', detail: 'must not contain control characters' };
  return undefined;
};

const keyFault = (key: string): { code: string; detail: string } | undefined => {
  if (key === '' || key === '__proto__') return { code: 'unrecognized_key', detail: 'is not a property of this' };
  return textFault(key);
};

const numberFault = (value: number): { code: string; detail: string } | undefined => {
  const size = Math.abs(value);
  // Beyond 2^53 - 1 JSON numbers lose digits; below 1e-130 DynamoDB's do.
  if (size > Number.MAX_SAFE_INTEGER) return { code: 'too_big', detail: 'must be between -(2^53 - 1) and 2^53 - 1' };
  if (size > 0 && size < 1e-130) return { code: 'too_small', detail: 'is too close to zero' };
  return undefined;
};

const faultOf = (value: unknown): { code: string; detail: string } | undefined => {
  if (typeof value === 'string') return textFault(value);
  return typeof value === 'number' ? numberFault(value) : undefined;
};

/**
 * Refuses, wherever it is in the value, what no schema of ours lets in and no table can keep: texts that are not Unicode or have control
 * characters, numbers that lose digits, names that are none, and nesting beyond 20 levels.
 *
 * @throws {Problem} 422
 */
export const assertStorable = (root: unknown): void => {
  const errors: FieldError[] = [];
  const waiting: { value: unknown; path: readonly (string | number)[] }[] = [{ value: root, path: [] }];
  for (let next = waiting.pop(); next !== undefined && errors.length < 50; next = waiting.pop()) {
    const { value, path } = next;
    const fault = faultOf(value);
    if (fault !== undefined) errors.push({ pointer: pointerTo(path), ...fault });
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= deepest) throw invalidField(pointerTo(path), 'too_deep', `must not be nested deeper than ${deepest} levels`);
    for (const [key, child] of Object.entries(value)) {
      const wrongKey = Array.isArray(value) ? undefined : keyFault(key);
      if (wrongKey !== undefined) errors.push({ pointer: pointerTo([...path, key.toWellFormed()]), ...wrongKey });
      else if (typeof child === 'object' || typeof child === 'string' || typeof child === 'number')
        waiting.push({ value: child, path: [...path, key] });
    }
  }
  if (errors.length > 0) throw invalid(errors);
};

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** A whole number that JavaScript would round is kept as its digits: a form's payload is data to keep, and vendors' ids are 64 bits long. */
const withAllDigits: Reviver = (_, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context?.source : value;

const jsonOf = (text: string, reviver?: Reviver): unknown => {
  try {
    return JSON.parse(text, reviver);
  } catch {
    throw malformed('malformed-json', 'The body is not valid JSON.');
  }
};

const decodeForm = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('malformed-request', 'A part of it is not percent-encoded UTF-8.');
  }
};

/** Pairs of application/x-www-form-urlencoded or a query string, strictly decoded. */
export const pairsOf = (text: string): [string, string][] =>
  text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, equals)), decodeForm(pair.slice(equals + 1))];
    });

/** Fields by name; one that comes several times is a list, in order. */
export const fieldsOf = (pairs: Iterable<readonly [string, string]>): Record<string, string | string[]> => {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (typeof before === 'string') fields.set(name, [before, value]);
    else before.push(value);
  }
  return Object.fromEntries(fields);
};

/** The body as a value: JSON, or a form's fields. Call it after `assertReadable`. */
export const readBody = async (declared: RequestBody, bytes: Buffer, type: MediaType, contentType: string): Promise<unknown> => {
  const value = await (async () => {
    if (type.essence === 'multipart/form-data') {
      // Few requests need the parser, so only they load it. A file is refused as one before its bytes are taken for a broken text.
      const { multipartPairs } = await import('./multipart.ts');
      const pairs = await multipartPairs(bytes, contentType);
      textOf(bytes);
      return fieldsOf(pairs);
    }
    const text = textOf(bytes);
    if (type.essence === 'application/x-www-form-urlencoded') return fieldsOf(pairsOf(text));
    return jsonOf(text, declared.kind === 'form' ? withAllDigits : undefined);
  })();
  assertStorable(value);
  return value;
};
