import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createClient, type LeadlineClient } from '#client/client.ts';
import { found, personalIn } from './canary/personal.ts';

/** The product as its user starts it: a process of its own, serving on free ports. */
export interface Product {
  readonly url: string;
  readonly awsUrl: string;
  readonly client: LeadlineClient;
  readonly data: string;
  readonly processId: number;
  /** Everything it printed so far, line by line. */
  readonly printed: readonly string[];
  /** A request as curl would send it, with the admin key unless told otherwise. */
  request(method: string, path: string, options?: RequestOptions): Promise<Exchange>;
  /** SIGTERM, and waits for the end; the exit code. Fails when console or logs tell what tests sent of a person. */
  stop(): Promise<number | null>;
  /** kill -9. The data directory stays. */
  kill(): Promise<void>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string | null;
}

export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what came, whatever it is
  readonly body: any;
}

export const adminKey = 'lk_local_admin';

const readyLine = /^Leadline is ready/;

const bodyOf = (body: unknown): string | Uint8Array<ArrayBuffer> | undefined => {
  if (body === undefined || typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return body instanceof URLSearchParams ? body.toString() : JSON.stringify(body);
};

const contentTypeOf = (body: unknown): string | undefined => {
  if (body === undefined) return undefined;
  return body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json';
};

/** Whatever tests of this file sent, or were told once, that must not be written anywhere but into the table. */
const personal = new Set<string>();

export const exchange = async (url: string, method: string, path: string, options: RequestOptions = {}): Promise<Exchange> => {
  const { body, headers = {}, key = adminKey } = options;
  const contentType = contentTypeOf(body);
  const bytes = bodyOf(body);
  const response = await fetch(new URL(path, url), {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(contentType && { 'content-type': contentType }),
      ...headers,
    },
    ...(bytes !== undefined && { body: bytes }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answered = isJson && text !== '' ? JSON.parse(text) : undefined;
  const sent = body instanceof URLSearchParams ? Object.fromEntries(body) : body;
  for (const value of [...personalIn({ sent, headers }), ...personalIn({ secret: answered?.secret })]) personal.add(value);
  return { status: response.status, headers: response.headers, text, body: answered };
};

const waitForReady = async (child: ChildProcess, printed: string[]): Promise<string> => {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const errors = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  errors.on('line', (line) => printed.push(line));
  return await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      printed.push(line);
      if (readyLine.test(line)) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`Leadline ended with ${code} before it was ready:\n${printed.slice(-30).join('\n')}`)));
  });
};

/** Starts the product; `data` is kept when given, so that it can be started on it again. `fresh` forgets what was built before. */
export const startProduct = async (
  options: { readonly data?: string; readonly env?: Readonly<Record<string, string>>; readonly fresh?: boolean } = {},
): Promise<Product> => {
  if (options.fresh) await rm(new URL('../.build', import.meta.url), { recursive: true, force: true });
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'leadline-')));
  const child = spawn(process.execPath, ['--max-semi-space-size=4', 'packages/local/main.ts'], {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, PORT: '0', LEADLINE_AWS_PORT: '0', LEADLINE_DATA: data, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  const ended = once(child, 'exit');
  const line = await waitForReady(child, printed);
  const [url = '', ...others] = line.match(/http:\/\/[\w.:-]+/g) ?? [];
  const awsUrl = others.find((other) => other !== url) ?? '';
  return {
    url,
    awsUrl,
    data,
    processId: child.pid ?? 0,
    printed,
    client: createClient({ url, key: adminKey }),
    request: (method, path, requestOptions) => exchange(url, method, path, requestOptions),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      const written = await readFile(join(data, 'logs', 'functions.log'), 'utf8').catch(() => '');
      const told = found([...printed, ...written.split('\n')], personal);
      if (options.data === undefined) await rm(data, { recursive: true, force: true });
      if (told.length > 0) throw new Error(`The product wrote what is somebody's own:\n${told.join('\n')}`);
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};

/** The product's bus, as any AWS client reaches it: with whatever credentials. */
export const busOf = ({ awsUrl }: Product): EventBridgeClient =>
  new EventBridgeClient({ endpoint: awsUrl, region: 'eu-central-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });

/** Asks again until the answer satisfies; the whole way is by events, so what follows from a request is there soon, not at once. */
export const eventually = async <T>(
  ask: () => Promise<T>,
  satisfied: (answer: T) => boolean,
  seconds = 20,
  millisecondsApart = 25,
): Promise<T> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still not so after ${seconds} s: ${JSON.stringify(answer).slice(0, 2_000)}`);
    await wait(millisecondsApart);
  }
};
