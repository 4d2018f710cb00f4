import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { IN_MEMORY } from './aws/data-directory.ts';
import type { BusEvent } from './aws/types.ts';
import type { ServedRequest } from './http-front.ts';
import { at, isObject, type Json, parseJson, text } from './json.ts';
import type { LocalApp, RuleModel } from './model.ts';

const FLUSH_AFTER_MS = 20;
const MAX_LOG_BYTES = 20 * 1024 * 1024;

/** One line, no control characters: what callers send must not steer a terminal. */
const plain = (value: string, most: number): string => {
  const clean = value.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
};

const clock = (): string => new Date().toISOString().slice(11, 23);

const parsed = (line: string): Json | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
};

/** What the console says of requests, events and errors, a line each and no personal data, and the file of the functions' own logs. */
export class Reports {
  readonly #print: (line: string) => void;
  readonly #consumersOfTarget: ReadonlyMap<string, string>;
  readonly #file: number | undefined;
  #console: string[] = [];
  #log: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(app: LocalApp, dataDirectory: string, print: (line: string) => void) {
    this.#print = print;
    const nameOf = new Map(app.functions.map(({ arn, name }) => [arn, name]));
    this.#consumersOfTarget = new Map([
      ...nameOf,
      ...app.queueMappings.map((mapping) => [mapping.sourceArn, nameOf.get(mapping.functionArn) ?? mapping.sourceArn] as const),
    ]);
    if (dataDirectory !== IN_MEMORY) {
      const directory = join(dataDirectory, 'logs');
      mkdirSync(directory, { recursive: true });
      const path = join(directory, 'functions.log');
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
      this.#file = openSync(path, 'a');
    }
  }

  say(line: string): void {
    this.#console.push(`${clock()}  ${line}`);
    this.#soon();
  }

  /** Lines are written some at a time: a system call for each would cost more than making it. */
  #soon(): void {
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#console.splice(0);
    if (lines.length > 0) this.#print(lines.join('\n'));
    const log = this.#log.splice(0);
    if (this.#file === undefined || log.length === 0) return;
    try {
      writeSync(this.#file, `${log.join('\n')}\n`);
    } catch {
      // A full disk must not stop the app: the engine will say so where it matters.
    }
  }

  #write(line: string): void {
    if (this.#file === undefined) return;
    this.#log.push(line);
    this.#soon();
  }

  request({ method, path, status, milliseconds, correlationId }: ServedRequest): void {
    this.say(`${method.padEnd(6)} ${plain(path, 120)} ${status} ${milliseconds.toFixed(0)} ms  ${plain(correlationId, 128)}`);
  }

  event(event: BusEvent, rules: readonly RuleModel[]): void {
    const consumers = new Set(
      rules.flatMap(({ targets }) => targets.map(({ arn }) => this.#consumersOfTarget.get(arn) ?? arn.split(':').at(-1) ?? arn)),
    );
    const metadata = isObject(event.detail) ? event.detail.metadata : undefined;
    const correlationId = (isObject(metadata) ? text(metadata.correlationId) : undefined) ?? event.id;
    this.say(
      `event  ${plain(event['detail-type'], 60)}  ${plain(event.source, 60)} → ${consumers.size === 0 ? 'nobody' : [...consumers].join(', ')}  ${plain(correlationId, 128)}`,
    );
  }

  /** A line that a function wrote: to the file whole, to the console only what matters of an error. */
  line(functionName: string, line: string): void {
    this.#write(line);
    if (!line.includes('"level":"ERROR"') && !line.includes('"level":"CRITICAL"')) return;
    const entry = parsed(line);
    const level = text(at(entry, 'level'));
    if (level !== 'ERROR' && level !== 'CRITICAL') return;
    const correlation = text(at(entry, 'correlation_id')) ?? text(at(entry, 'correlationId')) ?? '';
    const error = text(at(entry, 'error', 'name'));
    this.say(
      `error  ${functionName}: ${plain(text(at(entry, 'message')) ?? '', 160)}${error === undefined ? '' : ` (${plain(error, 60)})`}  ${plain(correlation, 128)}`,
    );
  }

  failure(functionName: string, requestId: string, errorType: string, errorMessage: string): void {
    this.#write(
      JSON.stringify({
        level: 'ERROR',
        service: functionName,
        function_request_id: requestId,
        message: 'invocation failed',
        error: { name: errorType, message: errorMessage },
      }),
    );
    this.say(`error  ${functionName}: ${plain(errorType, 60)}: ${plain(errorMessage, 160)}  ${requestId}`);
  }

  /** What of the template is not carried out here. */
  emulation(app: LocalApp): void {
    if (app.withoutEffect.size > 0) {
      this.#print(`not emulated here: ${[...app.withoutEffect].map(([type, count]) => `${type} ×${count}`).join(', ')}`);
    }
    for (const warning of app.warnings) this.#print(`warning: ${warning}`);
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
