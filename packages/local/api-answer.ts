import type { OutgoingHttpHeaders } from 'node:http';
import { type ProblemSlug, problems } from '#contracts/core/problems.ts';
import type { InvocationResult } from './invocation.ts';
import { isObject, type Json, parseJson, texts } from './json.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/**
 * An answer of the front's own, for a request that no function sees or answers. It has the contract's form, as all answers here: in the
 * cloud API Gateway has the same statuses and words of its own, which an HTTP API lets nobody choose.
 */
export const refusal = (
  slug: ProblemSlug,
  detail: string,
  { path, requestId }: { readonly path: string; readonly requestId: string },
  headers: OutgoingHttpHeaders = {},
): ApiAnswer => {
  const { status, title } = problems[slug];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...headers,
    },
    body: Buffer.from(JSON.stringify({ type: `/problems/${slug}`, title, status, detail, instance: path, requestId })),
  };
};

/** What a function may not set: the connection and the body's length are the front's. */
const ofTheConnection = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade', 'set-cookie']);

const statusOf = (value: Json | undefined): number | undefined => {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
};

/**
 * What a function's result means over HTTP in payload format 2.0. Without `statusCode`, any JSON is the body of a 200.
 * @returns undefined when it is no answer, which is a 500
 */
export const apiAnswer = (result: InvocationResult): ApiAnswer | undefined => {
  if (!result.ok) return undefined;
  if (result.payload === undefined) return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from('null') };
  const payload = parseJson(result.payload);
  if (!isObject(payload) || payload.statusCode === undefined) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(typeof payload === 'string' ? payload : result.payload),
    };
  }
  const status = statusOf(payload.statusCode);
  const { body, headers } = payload;
  if (status === undefined || (body !== undefined && body !== null && typeof body !== 'string')) return undefined;
  if (headers !== undefined && headers !== null && !isObject(headers)) return undefined;
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase();
    if (value === null || typeof value === 'object' || value === undefined) return undefined;
    if (lower === 'set-cookie') sent['set-cookie'] = [String(value)];
    else if (!ofTheConnection.has(lower)) sent[lower] = String(value);
  }
  const cookies = texts(payload.cookies);
  if (cookies.length > 0) sent['set-cookie'] = [...cookies];
  const bytes = typeof body === 'string' ? Buffer.from(body, payload.isBase64Encoded === true ? 'base64' : 'utf8') : Buffer.alloc(0);
  if (sent['content-type'] === undefined && bytes.length > 0) sent['content-type'] = 'text/plain;charset=UTF-8';
  return { status, headers: sent, body: bytes };
};
