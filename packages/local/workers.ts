import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { InvocationResult } from './invocation.ts';
import { isObject } from './json.ts';
import type { FunctionModel } from './model.ts';
import { STOPPED } from './queue-consumer.ts';

export interface WorkersOptions {
  readonly functions: readonly FunctionModel[];
  /** Variables beyond the function's own: what Lambda sets, credentials, endpoints. */
  environmentOf(model: FunctionModel): Readonly<Record<string, string>>;
  /** A line that a function wrote to stdout or stderr. */
  onLine(functionName: string, line: string): void;
  /** An invocation that ended in an error. */
  onError(functionName: string, requestId: string, errorType: string, errorMessage: string): void;
  /** Whether requests wait for this function; the others run at a lower priority where the system has such for threads. */
  isForeground?(functionArn: string): boolean;
  /** Workers beyond one for each function, all functions together (3). */
  readonly extraWorkers?: number;
  /** Workers of one function at most (3): on two cores a fourth only adds to memory and to code that is compiled once more. */
  readonly workersPerFunction?: number;
}

interface Invocation {
  readonly requestId: string;
  readonly event: string;
  readonly done: (result: InvocationResult) => void;
}

interface Sandbox {
  readonly worker: Worker;
  ready: boolean;
  current: Invocation | undefined;
  timer: NodeJS.Timeout | undefined;
  idleSince: number;
  dead: boolean;
  /** Takes text that the function wrote, whole lines or not. */
  readonly onOutput: (text: string) => void;
}

/** Lambda gives a function ten seconds to load; a busy machine gets more. */
const INIT_TIMEOUT_MS = 30_000;
/** A small young generation halves what a busy worker holds (40 MB to 30 MB) and costs no measurable time. */
const YOUNG_MB = 6;
const REAP_AFTER_MS = 30_000;
const REAP_EVERY_MS = 10_000;

const failure = (errorType: string, errorMessage: string): InvocationResult => ({ ok: false, errorType, errorMessage });
const word = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** One function with its workers. */
class FunctionWorkers {
  readonly model: FunctionModel;
  readonly #options: WorkersOptions;
  readonly #mayGrow: () => boolean;
  readonly #files: readonly string[];
  readonly #sandboxes = new Set<Sandbox>();
  readonly #waiting: Invocation[] = [];
  #stopped = false;

  constructor(model: FunctionModel, options: WorkersOptions, mayGrow: () => boolean) {
    this.model = model;
    this.#options = options;
    this.#mayGrow = mayGrow;
    this.#files = readdirSync(model.codeDirectory);
  }

  get size(): number {
    return this.#sandboxes.size;
  }

  get busy(): boolean {
    return this.#waiting.length > 0 || [...this.#sandboxes].some((sandbox) => sandbox.current !== undefined);
  }

  invoke(event: string): Promise<InvocationResult> {
    if (this.#stopped) return Promise.resolve(failure(STOPPED, 'Leadline is stopping'));
    return new Promise((done) => {
      this.#waiting.push({ requestId: randomUUID(), event, done });
      this.#dispatch();
    });
  }

  /** Starts the function's first worker, and is fulfilled when its code is loaded (or could not be). */
  async warm(): Promise<void> {
    if (this.#stopped || this.#sandboxes.size > 0) return;
    const sandbox = this.#spawn();
    await new Promise<void>((resolve) => {
      sandbox.worker.once('message', () => resolve());
      sandbox.worker.once('exit', () => resolve());
    });
  }

  reap(now: number): void {
    for (const sandbox of this.#sandboxes) {
      if (this.#sandboxes.size <= 1) return;
      if (sandbox.ready && sandbox.current === undefined && now - sandbox.idleSince > REAP_AFTER_MS) void this.#end(sandbox);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiting of this.#waiting.splice(0)) waiting.done(failure(STOPPED, 'Leadline is stopping'));
    await Promise.all(
      [...this.#sandboxes].map((sandbox) => {
        this.#finish(sandbox, failure(STOPPED, 'Leadline is stopping'));
        return this.#end(sandbox);
      }),
    );
  }

  #dispatch(): void {
    for (const sandbox of this.#sandboxes) {
      if (this.#waiting.length === 0) return;
      if (sandbox.ready && sandbox.current === undefined) this.#give(sandbox);
    }
    const waiting = this.#waiting.length;
    if (waiting === 0) return;
    const most = Math.min(this.#options.workersPerFunction ?? 3, this.model.reservedConcurrency ?? Number.POSITIVE_INFINITY);
    const starting = [...this.#sandboxes].some((sandbox) => !sandbox.ready);
    // A worker costs 13 MB and its start 50 ms of a processor: another is worth it only when more wait than the present ones soon take.
    const another =
      this.#sandboxes.size === 0 || (!starting && waiting > this.#sandboxes.size && this.#sandboxes.size < most && this.#mayGrow());
    if (another) this.#spawn();
  }

  #give(sandbox: Sandbox): void {
    const invocation = this.#waiting.shift();
    if (invocation === undefined) return;
    const { timeout } = this.model;
    sandbox.current = invocation;
    sandbox.timer = setTimeout(() => {
      this.#finish(
        sandbox,
        failure(
          'Sandbox.Timedout',
          `${new Date().toISOString()} ${invocation.requestId} Task timed out after ${timeout.toFixed(2)} seconds`,
        ),
      );
      void this.#end(sandbox);
    }, timeout * 1000);
    sandbox.worker.postMessage({
      requestId: invocation.requestId,
      event: invocation.event,
      deadline: Date.now() + timeout * 1000,
      // Not sampled, as no X-Ray is here.
      traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`,
    });
  }

  #spawn(): Sandbox {
    const { model } = this;
    const logStream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`;
    const logGroup = `/aws/lambda/${model.name}`;
    const worker = new Worker(new URL('./worker-entry.js', import.meta.url), {
      name: model.name,
      env: {
        ...model.environment,
        ...this.#options.environmentOf(model),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      },
      workerData: {
        functionName: model.name,
        functionArn: model.arn,
        memory: model.memory,
        codeDirectory: model.codeDirectory,
        handler: model.handler,
        logGroup,
        logStream,
        files: this.#files,
        background: this.#options.isForeground?.(model.arn) === false,
      },
      stdout: true,
      stderr: true,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: Math.max(64, model.memory), maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const sandbox: Sandbox = {
      worker,
      ready: false,
      current: undefined,
      timer: undefined,
      idleSince: Date.now(),
      dead: false,
      onOutput: this.#lines(),
    };
    this.#sandboxes.add(sandbox);
    sandbox.timer = setTimeout(
      () => this.#broken(sandbox, 'Sandbox.Timedout', `Init timed out after ${INIT_TIMEOUT_MS / 1000} s`),
      INIT_TIMEOUT_MS,
    );
    // What the function does not write itself but Node.js about it.
    for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding('utf8').on('data', this.#lines());
    worker.on('message', (message: unknown) => this.#onMessage(sandbox, message));
    worker.on('error', (error: unknown) => {
      const [type, text] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
      if (!sandbox.ready) {
        this.#broken(sandbox, type, text);
        return;
      }
      // The thread is ending: nothing more may be given to it.
      void this.#end(sandbox);
      this.#finish(sandbox, failure(type, text));
    });
    worker.on('exit', (code) => {
      sandbox.dead = true;
      this.#sandboxes.delete(sandbox);
      const error = `RequestId: ${sandbox.current?.requestId ?? ''} Error: Runtime exited with error: exit status ${code}`;
      if (sandbox.ready) this.#finish(sandbox, failure('Runtime.ExitError', error));
      else this.#broken(sandbox, 'Runtime.ExitError', error);
      if (!this.#stopped) this.#dispatch();
    });
    return sandbox;
  }

  #onMessage(sandbox: Sandbox, message: unknown): void {
    if (!isObject(message)) return;
    const { kind } = message;
    if (typeof message.output === 'string' && message.output !== '') sandbox.onOutput(message.output);
    if (kind === 'output') return;
    if (kind === 'ready') {
      clearTimeout(sandbox.timer);
      sandbox.ready = true;
      sandbox.idleSince = Date.now();
    } else if (kind === 'broken') {
      this.#broken(sandbox, word(message.errorType, 'Error'), word(message.errorMessage, ''));
    } else if (sandbox.current?.requestId === message.requestId) {
      this.#finish(
        sandbox,
        kind === 'result'
          ? { ok: true, payload: typeof message.payload === 'string' ? message.payload : undefined }
          : failure(word(message.errorType, 'Error'), word(message.errorMessage, '')),
      );
    }
    this.#dispatch();
  }

  #finish(sandbox: Sandbox, result: InvocationResult): void {
    const { current } = sandbox;
    if (current === undefined) return;
    clearTimeout(sandbox.timer);
    sandbox.current = undefined;
    sandbox.idleSince = Date.now();
    if (!result.ok && result.errorType !== STOPPED)
      this.#options.onError(this.model.name, current.requestId, result.errorType, result.errorMessage);
    current.done(result);
  }

  /** The function's code could not be loaded: what waits for it fails, as on Lambda, and the next invocation tries again. */
  #broken(sandbox: Sandbox, errorType: string, errorMessage: string): void {
    clearTimeout(sandbox.timer);
    this.#sandboxes.delete(sandbox);
    if (!sandbox.dead) void this.#end(sandbox);
    if (this.#sandboxes.size > 0 || this.#stopped) return;
    const waiting = this.#waiting.splice(0);
    for (const invocation of waiting) {
      this.#options.onError(this.model.name, invocation.requestId, errorType, errorMessage);
      invocation.done(failure(errorType, errorMessage));
    }
    if (waiting.length === 0) this.#options.onError(this.model.name, '', errorType, errorMessage);
  }

  async #end(sandbox: Sandbox): Promise<void> {
    sandbox.dead = true;
    sandbox.ready = false;
    clearTimeout(sandbox.timer);
    this.#sandboxes.delete(sandbox);
    sandbox.worker.removeAllListeners('exit');
    sandbox.worker.removeAllListeners('message');
    await sandbox.worker.terminate();
    if (!this.#stopped) this.#dispatch();
  }

  /** Tells of the lines of text that comes in pieces. */
  #lines(): (text: string) => void {
    let rest = '';
    return (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.#options.onLine(this.model.name, line);
    };
  }
}

/** Runs the assembly's functions in worker threads, one invocation at a time in each, as Lambda does. */
export class Workers {
  readonly #functions: ReadonlyMap<string, FunctionWorkers>;
  readonly #reaper: NodeJS.Timeout;

  constructor(options: WorkersOptions) {
    const extra = options.extraWorkers ?? 3;
    const mayGrow = (): boolean => [...this.#functions.values()].reduce((sum, { size }) => sum + Math.max(0, size - 1), 0) < extra;
    this.#functions = new Map(options.functions.map((model) => [model.arn, new FunctionWorkers(model, options, mayGrow)]));
    this.#reaper = setInterval(() => {
      for (const workers of this.#functions.values()) workers.reap(Date.now());
    }, REAP_EVERY_MS).unref();
  }

  /** Runs a function. Never rejects: an error, a timeout or a crash is its result. */
  invoke(functionArn: string, event: string): Promise<InvocationResult> {
    return (
      this.#functions.get(functionArn)?.invoke(event) ??
      Promise.resolve(failure('ResourceNotFoundException', `Function not found: ${functionArn}`))
    );
  }

  warm(functionArn: string): Promise<void> {
    return this.#functions.get(functionArn)?.warm() ?? Promise.resolve();
  }

  get busy(): boolean {
    return [...this.#functions.values()].some(({ busy }) => busy);
  }

  get size(): number {
    return [...this.#functions.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Ends all workers; what still runs is answered as stopped. */
  async stop(): Promise<void> {
    clearInterval(this.#reaper);
    await Promise.all([...this.#functions.values()].map((workers) => workers.stop()));
  }
}
