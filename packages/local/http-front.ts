import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProblemSlug } from '#contracts/core/problems.ts';
import { requestIdFrom } from '#runtime/request-id.ts';
import { type ApiAnswer, apiAnswer, refusal } from './api-answer.ts';
import { type ApiRequest, apiEvent, decodePath, headerBytes, newRequestId } from './api-event.ts';
import { type RouteMatch, routeChooser } from './api-routes.ts';
import type { Invoke } from './invocation.ts';
import type { HttpApiModel } from './model.ts';

export interface ServedRequest {
  readonly method: string;
  /** Without the query, which may hold personal data. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** The answer's `X-Request-Id`, or the gateway's own id. */
  readonly correlationId: string;
  readonly functionArn: string | undefined;
}

export interface HttpFrontOptions {
  readonly api: HttpApiModel;
  readonly account: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly invoke: Invoke;
  readonly onServed?: (request: ServedRequest) => void;
  /** How many requests are being served, told at each change. */
  readonly onLoad?: (requests: number) => void;
}

/** The port is taken. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly port: number;

  constructor(port: number) {
    super(`Port ${port} is in use by another program.`);
    this.port = port;
  }
}

/** API Gateway's limits for HTTP APIs. */
const MAX_BODY = 10 * 1024 * 1024;
/** Bytes of a body that are still read, and dropped, so that a client that sends before it listens hears the 413. */
const MAX_DRAINED = 64 * 1024 * 1024;
const MAX_HEADERS = 10_240;
/** Lambda's limit for the event of a synchronous invocation. */
const MAX_EVENT = 6 * 1024 * 1024;

/** A token bucket, as API Gateway throttles. */
class Throttle {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at = performance.now();

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  admits(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The whole body, or undefined when it is too long or its sender went away. */
const readBody = (incoming: IncomingMessage): Promise<Buffer | 'too-large' | 'gone'> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY) chunks.push(chunk);
      else chunks.length = 0;
      if (length > MAX_DRAINED) resolve('too-large');
    });
    incoming.on('end', () => {
      if (length > MAX_BODY) resolve('too-large');
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    });
    incoming.on('error', () => resolve('gone'));
    incoming.on('close', () => resolve('gone'));
  });

const areValid = (headers: ApiAnswer['headers']): boolean => {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      for (const one of Array.isArray(value) ? value : [value]) validateHeaderValue(name, String(one));
    }
    return true;
  } catch {
    return false;
  }
};

interface Refused {
  readonly path: string;
  readonly requestId: string;
}

const headersTooLarge = (request: Refused): ApiAnswer =>
  refusal('headers-too-large', `The header fields must not exceed ${MAX_HEADERS} bytes.`, request);

/** An HTTP API of API Gateway with Lambda integrations, payload format 2.0. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #choose: (method: string, path: string) => RouteMatch | undefined;
  readonly #throttle: Throttle | undefined;
  readonly #servers: Server[] = [];
  #load = 0;
  port = 0;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#choose = routeChooser(options.api.routes);
    const { throttle } = options.api;
    this.#throttle = throttle === undefined ? undefined : new Throttle(throttle.rate, throttle.burst);
  }

  /**
   * Listens on loopback, IPv4 and, where there is such, IPv6: a browser's `localhost` may be either.
   * @throws {PortInUseError}
   */
  async listen(): Promise<void> {
    this.port = await this.#listenOn('127.0.0.1', this.#options.port);
    try {
      await this.#listenOn('::1', this.port);
    } catch (error) {
      if (error instanceof PortInUseError) {
        await this.close();
        throw error;
      }
      // No IPv6 on this machine.
    }
  }

  get busy(): boolean {
    return this.#load > 0;
  }

  /** Takes no new requests and is fulfilled when the present ones are answered. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeIdleConnections();
          }),
      ),
    );
  }

  /** Cuts the connections that are still open. */
  abort(): void {
    for (const server of this.#servers) server.closeAllConnections();
  }

  async #listenOn(host: string, port: number): Promise<number> {
    // Node's own limit is above API Gateway's, so that it is this front that answers.
    const server = createServer(
      { maxHeaderSize: 64 * 1024, keepAliveTimeout: 65_000, requestTimeout: 60_000 },
      (incoming, outgoing) => void this.#serve(incoming, outgoing),
    );
    // Node would refuse any but `100-continue` in words of its own; an expectation may be passed over (RFC 9110, 10.1.1).
    server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => void this.#serve(incoming, outgoing));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
      const unread = { path: '/', requestId: requestIdFrom(undefined) };
      const answer = tooLong ? headersTooLarge(unread) : refusal('malformed-request', 'This is not HTTP.', unread);
      const fields = { ...answer.headers, 'content-length': answer.body.length, connection: 'close' };
      const head = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${head.join('')}\r\n${answer.body.toString()}`);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortInUseError(port) : error));
      server.listen(port, host, resolve);
    });
    this.#servers.push(server);
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = newRequestId();
    const method = incoming.method ?? 'GET';
    const url = incoming.url ?? '/';
    const mark = url.indexOf('?');
    const rawPath = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    this.#changeLoad(1);
    let match: RouteMatch | undefined;
    try {
      const body = await readBody(incoming);
      if (body === 'gone') return;
      // API Gateway answers 400 to a path that is not percent-encoded UTF-8. Here a function sees it as it came and finds nothing there.
      const path = decodePath(rawPath) ?? rawPath;
      match = this.#choose(method, path);
      const answer = await this.#answer(incoming, { method, path, query, requestId, time: Date.now() }, body, match);
      if (body === 'too-large') outgoing.setHeader('connection', 'close');
      this.#write(outgoing, method, answer, requestId);
      const ownId = answer.headers['x-request-id'];
      this.#options.onServed?.({
        method,
        path: rawPath,
        status: answer.status,
        milliseconds: performance.now() - started,
        correlationId: typeof ownId === 'string' ? ownId : requestId,
        functionArn: match?.route.functionArn,
      });
    } finally {
      this.#changeLoad(-1);
    }
  }

  async #answer(
    incoming: IncomingMessage,
    request: Omit<ApiRequest, 'body'>,
    body: Buffer | 'too-large',
    match: RouteMatch | undefined,
  ): Promise<ApiAnswer> {
    const { api, account } = this.#options;
    const own = incoming.headers['x-request-id'];
    const refused = { path: request.path, requestId: requestIdFrom(typeof own === 'string' ? own : undefined) };
    const refuse = (slug: ProblemSlug, detail: string, headers?: OutgoingHttpHeaders) => refusal(slug, detail, refused, headers);
    const tooLarge = () => refuse('body-too-large', 'The body is larger than this API reads at all.');
    if (headerBytes(incoming) > MAX_HEADERS) return headersTooLarge(refused);
    if (body === 'too-large') return tooLarge();
    if (this.#throttle?.admits() === false) return refuse('too-many-requests', 'Too many requests.', { 'retry-after': '1' });
    if (match === undefined) return refuse('not-found', 'There is nothing at this path.');
    const event = JSON.stringify(apiEvent(incoming, { ...request, body }, match, { id: api.id, stage: api.stage, account }));
    if (Buffer.byteLength(event) > MAX_EVENT) return tooLarge();
    const answer = await this.#invokeInTime(match, event);
    if (answer === 'late') return refuse('busy', 'It was not done in time.', { 'retry-after': '1' });
    return answer !== undefined && areValid(answer.headers) ? answer : refuse('internal', 'Something went wrong on our side.');
  }

  /** API Gateway gives up after the integration's timeout; the function runs on. */
  async #invokeInTime(match: RouteMatch, event: string): Promise<ApiAnswer | 'late' | undefined> {
    const { functionArn, timeout } = match.route;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('late'), timeout);
      void this.#options.invoke(functionArn, event).then((result) => {
        clearTimeout(timer);
        resolve(apiAnswer(result));
      });
    });
  }

  #write(outgoing: ServerResponse, method: string, answer: ApiAnswer, requestId: string): void {
    if (outgoing.destroyed || outgoing.headersSent) return;
    const bodiless = answer.status === 204 || answer.status === 304;
    outgoing.writeHead(answer.status, {
      ...answer.headers,
      'apigw-requestid': requestId,
      ...(bodiless ? {} : { 'content-length': answer.body.length }),
    });
    outgoing.on('error', () => outgoing.destroy());
    outgoing.end(bodiless || method === 'HEAD' ? undefined : answer.body);
  }

  #changeLoad(by: number): void {
    this.#load += by;
    this.#options.onLoad?.(this.#load);
  }
}
