import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RouteMatch } from './api-routes.ts';

export interface ApiRequest {
  readonly method: string;
  /** Decoded, as HTTP APIs give it. */
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** `=` and 15 characters, like API Gateway's extended request ids. */
export const newRequestId = (): string => `${randomBytes(11).toString('base64').replaceAll(/[+/=]/g, '').slice(0, 14)}=`;

/**
 * Whether API Gateway gives a body of this type as text: `text/*` and JSON, XML and JavaScript themselves. All else, also
 * `application/x-www-form-urlencoded`, `+json` types and a missing type, comes base64-encoded. AWS documents no list; this one was observed
 * on AWS (https://github.com/ministackorg/ministack/pull/766).
 */
export const isTextType = (contentType: string | undefined): boolean => {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || type === 'application/json' || type === 'application/xml' || type === 'application/javascript';
};

/**
 * The path as HTTP APIs give it to functions: decoded, and cut at a decoded `?` (observed on AWS, https://github.com/hotsock/voker/pull/8).
 * @returns undefined when it cannot be decoded
 */
export const decodePath = (raw: string): string | undefined => {
  try {
    const decoded = decodeURIComponent(raw);
    const cut = decoded.indexOf('?');
    return cut < 0 ? decoded : decoded.slice(0, cut);
  } catch {
    return undefined;
  }
};

const queryParameters = (query: string): Record<string, string> | undefined => {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return values.size === 0 ? undefined : Object.fromEntries(values);
};

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22/Nov/2026:18:18:42 +0000` */
const commonLogTime = (time: number): string => {
  const at = new Date(time);
  return `${String(at.getUTCDate()).padStart(2, '0')}/${monthNames[at.getUTCMonth()]}/${at.getUTCFullYear()}:${at.toISOString().slice(11, 19)} +0000`;
};

/** Bytes of a request's header lines, counted as API Gateway does: names and values, separators included. */
export const headerBytes = (incoming: IncomingMessage): number =>
  incoming.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);

const headersOf = (
  incoming: IncomingMessage,
  sourceIp: string,
): { readonly headers: Record<string, string>; readonly cookies: readonly string[] } => {
  const headers = new Map<string, string>();
  const cookies: string[] = [];
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index]?.toLowerCase() ?? '';
    const value = incoming.rawHeaders[index + 1] ?? '';
    if (name === 'cookie')
      cookies.push(
        ...value
          .split(';')
          .map((cookie) => cookie.trim())
          .filter((cookie) => cookie !== ''),
      );
    else if (name !== 'connection' && name !== 'transfer-encoding' && name !== 'keep-alive') {
      const earlier = headers.get(name);
      headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
    }
  }
  const forwarded = headers.get('x-forwarded-for');
  headers.set('x-forwarded-for', forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`);
  headers.set('x-forwarded-proto', 'http');
  headers.set('x-forwarded-port', String(incoming.socket.localPort ?? ''));
  return { headers: Object.fromEntries(headers), cookies };
};

/** An IPv4 client of a dual-stack socket is shown by its IPv4 address. */
const sourceIpOf = (incoming: IncomingMessage): string => (incoming.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');

/** The event of payload format 2.0. `sourceIp` is the connection's: what `X-Forwarded-For` says is the caller's own claim. */
export const apiEvent = (
  incoming: IncomingMessage,
  request: ApiRequest,
  match: RouteMatch,
  api: { readonly id: string; readonly stage: string; readonly account: string },
): Record<string, unknown> => {
  const sourceIp = sourceIpOf(incoming);
  const { headers, cookies } = headersOf(incoming, sourceIp);
  const host = headers.host ?? 'localhost';
  // What is not UTF-8 cannot be text in the event's JSON; as base64 the function sees the bytes that came.
  const isText = isTextType(headers['content-type']) && isUtf8(request.body);
  const query = queryParameters(request.query);
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: request.path,
    rawQueryString: request.query,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: api.account,
      apiId: api.id,
      domainName: host.replace(/:\d+$/, ''),
      domainPrefix: host.split(/[.:]/)[0] ?? '',
      http: {
        method: request.method,
        path: request.path,
        protocol: `HTTP/${incoming.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: match.route.key,
      stage: api.stage,
      time: commonLogTime(request.time),
      timeEpoch: request.time,
    },
    ...(Object.keys(match.parameters).length === 0 ? {} : { pathParameters: match.parameters }),
    ...(request.body.length === 0 ? {} : { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
};
