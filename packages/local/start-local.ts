import { setTimeout as delay } from 'node:timers/promises';
import type { OidcSettings } from '#runtime/oidc.ts';
import { seedAdminKey } from './admin-key.ts';
import { readAssembly } from './assembly.ts';
import { holdDirectory, IN_MEMORY } from './aws/data-directory.ts';
import { startAwsEndpoints } from './aws/endpoints.ts';
import { startEngine } from './aws/engine.ts';
import { openSecrets } from './aws/secrets.ts';
import type { Engine, FaultSettings, Principal } from './aws/types.ts';
import { asyncQueueArn, Bus } from './bus.ts';
import { lambdaEnvironment, oidcEnvironment, principalsOf } from './functions-environment.ts';
import { HttpFront, PortInUseError } from './http-front.ts';
import type { FunctionModel, LocalApp, QueueMappingModel, QueueModel } from './model.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { Queues } from './queues.ts';
import { Reports } from './reports.ts';
import { Schedules } from './schedules.ts';
import { Slots } from './slots.ts';
import { openStore } from './store.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamConsumer } from './streams.ts';
import { createTables } from './tables.ts';
import { readApp } from './template.ts';
import { Workers } from './workers.ts';

export interface LocalOptions {
  /** A synthesized cloud assembly, as `synthesize` gives it. */
  readonly assemblyDirectory: string;
  /** 0, any free one, by default. */
  readonly port?: number;
  readonly awsPort?: number;
  /** `:memory:`, which keeps nothing, by default. */
  readonly dataDirectory?: string;
  /** Another DynamoDB-compatible engine than the packaged one. */
  readonly dynamoDbEndpoint?: string | undefined;
  /** Seeded where the functions have a signing secret: `lk_local_admin` by default. */
  readonly adminKey?: string;
  readonly faults?: FaultSettings | undefined;
  /** Whose access tokens the functions take beside API keys. */
  readonly oidc?: OidcSettings | undefined;
  /** Where lines for people go; nowhere by default. */
  readonly print?: (line: string) => void;
  /** Something without which nothing works ended by itself. */
  readonly onFatal?: (error: Error) => void;
  /** Queue batches and stream batches handled at a time: while no request is being served (4), some are (2), many are (1). */
  readonly backgroundConcurrency?: { readonly quiet: number; readonly serving: number; readonly crowded: number };
  /** Answers 200 before this is started: `/health`, say. By default nothing is waited for. */
  readonly readyPath?: string;
}

/** A running app. */
export interface Local {
  /** `http://localhost:<port>` */
  readonly url: string;
  /** DynamoDB, EventBridge and Secrets Manager for AWS SDK clients. */
  readonly awsUrl: string;
  readonly adminKey: string;
  readonly app: LocalApp;
  /** The functions' own credentials and what their roles allow, by access key id. */
  readonly principals: ReadonlyMap<string, Principal>;
  /** Looks into queues: dead letters, say. */
  readonly queues: Queues;
  /** Fulfilled once no invocation, queue message (dead-letter queues apart) or stream record is left. */
  idle(): Promise<void>;
  /**
   * Loads the code of the functions that are asked often, of those that answer requests first; the others (documents, simulations, schedules) load at
   * their first invocation, since each loaded one takes some 25 MB.
   */
  warm(): Promise<void>;
  /** Takes nothing new, finishes what runs (for 3 s at most), and ends everything. What was not finished goes on at the next start. */
  stop(): Promise<void>;
}

const FINISH_WITHIN_MS = 3_000;
/** A function with this many routes is loaded before it is asked. */
const OFTEN_ASKED = 4;
const READY_WITHIN_MS = 60_000;
const SWEEP_EVERY_MS = 60_000;
const TRIM_EVERY_MS = 1_000;
/** Trimming holds the engine's write lock, so it waits for a quiet moment, but not for longer than this. */
const TRIM_AT_THE_LATEST_MS = 30_000;
/** Requests at a time that are many for this machine. */
const CROWD = 8;
const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';

/** An engine that someone else runs: its files are not ours to tend. */
const foreignEngine = (url: string, dataDirectory: string): Engine => {
  const directory = dataDirectory === IN_MEMORY ? undefined : holdDirectory(dataDirectory);
  return {
    url: url.replace(/\/+$/, ''),
    prepareStream: () => true,
    trimStream: () => 0,
    sweepExpired: async () => 0,
    stop: async () => directory?.release(),
  };
};

/** Asynchronous invocations of a function wait in a queue of their own, with Lambda's retries. */
const asyncQueueOf = ({ arn, name, timeout, asyncRetries, onFailureArn }: FunctionModel): QueueModel => ({
  name: `async-${name}`,
  arn: asyncQueueArn(arn),
  url: '',
  visibilityTimeout: timeout + 60,
  delay: 0,
  retention: 21_600,
  deadLetterArn: onFailureArn,
  maxReceiveCount: asyncRetries + 1,
});
const asyncMappingOf = ({ arn, name }: FunctionModel): QueueMappingModel => ({
  id: `async-${name}`,
  functionArn: arn,
  sourceArn: asyncQueueArn(arn),
  batchSize: 1,
  batchWindow: 0,
  partialFailures: false,
  filters: [],
  maximumConcurrency: undefined,
});

/**
 * Runs a synthesized app on this machine.
 * @throws {AssemblyError} | {TemplateError} when the assembly cannot be read
 * @throws {PortInUseError} when a port is taken
 * @throws Error when the data directory is in use or no engine can be started
 */
export const startLocal = async (options: LocalOptions): Promise<Local> => {
  const {
    assemblyDirectory,
    port = 0,
    awsPort = 0,
    dataDirectory = IN_MEMORY,
    adminKey = 'lk_local_admin',
    print = () => undefined,
  } = options;
  const stopping: (() => unknown)[] = [];
  const undo = async (): Promise<void> => {
    for (const stop of stopping.splice(0).reverse()) await stop();
  };
  try {
    const app = readApp(readAssembly(assemblyDirectory), {
      region: REGION,
      account: ACCOUNT,
      apiUrl: port === 0 ? 'http://localhost' : `http://localhost:${port}`,
    });
    const [api] = app.apis;
    if (api === undefined) throw new Error(`The assembly in ${assemblyDirectory} has no HTTP API`);

    const engine =
      options.dynamoDbEndpoint === undefined
        ? await startEngine({ dataDirectory, onExit: (error) => options.onFatal?.(error) })
        : foreignEngine(options.dynamoDbEndpoint, dataDirectory);
    stopping.push(() => engine.stop());
    await createTables(engine.url, app.tables);
    engine.prepareStream();

    const reports = new Reports(app, dataDirectory, print);
    stopping.push(() => reports.close());
    reports.emulation(app);
    const database = openStore(dataDirectory);
    stopping.push(() => database.close());
    const secrets = openSecrets(dataDirectory, app.secrets);

    const called = new Set([...app.rules, ...app.schedules].flatMap(({ targets }) => targets.map(({ arn }) => arn)));
    const calledFunctions = app.functions.filter(({ arn }) => called.has(arn));
    const queues = new Queues(database, [...app.queues, ...calledFunctions.map(asyncQueueOf)]);
    const bus = new Bus({
      rules: app.rules,
      queues,
      busNameOf: (arn) => app.buses.find((candidate) => candidate.arn === arn)?.name,
      onEvent: (event, rules) => reports.event(event, rules),
      onLost: (event, target, reason) => reports.say(`error  ${event['detail-type']} not delivered to ${target.id}: ${reason}`),
    });

    const principals = principalsOf(app.functions);
    const consumers: StreamConsumer[] = [];
    const aws = await startAwsEndpoints({
      port: awsPort,
      region: REGION,
      account: ACCOUNT,
      engine,
      principals: () => principals,
      buses: app.buses,
      publish: (busName, events) => bus.publish(busName, events),
      secrets,
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      onWrite: () => {
        for (const consumer of consumers) consumer.wake();
      },
      onDenied: (principal, message) => reports.say(`denied ${principal.name}: ${message}`),
    }).catch((error: unknown) => {
      throw error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? new PortInUseError(awsPort) : error;
    });
    stopping.push(() => aws.stop());

    const principalOf = new Map([...principals.values()].map((principal) => [principal.name, principal]));
    const workers = new Workers({
      functions: app.functions,
      environmentOf: (model) => {
        const principal = principalOf.get(model.name);
        return principal === undefined ? {} : { ...oidcEnvironment(options.oidc), ...lambdaEnvironment(model, principal, aws.url, REGION) };
      },
      isForeground: (arn) => api.routes.some(({ functionArn }) => functionArn === arn),
      onLine: (name, line) => reports.line(name, line),
      onError: (name, requestId, errorType, errorMessage) => reports.failure(name, requestId, errorType, errorMessage),
    });
    stopping.push(() => workers.stop());
    const invoke = (functionArn: string, event: string): ReturnType<Workers['invoke']> => workers.invoke(functionArn, event);

    let load = 0;
    const { quiet, serving, crowded } = options.backgroundConcurrency ?? { quiet: 4, serving: 2, crowded: 1 };
    const slots = new Slots(() => (load >= CROWD ? crowded : load > 0 ? serving : quiet));
    const queueConsumers = [...app.queueMappings, ...calledFunctions.map(asyncMappingOf)].map(
      (mapping) =>
        new QueueConsumer({
          mapping,
          queues,
          invoke,
          slots,
          region: REGION,
          account: ACCOUNT,
          ...(mapping.sourceArn.startsWith('async:') ? { event: ([message]) => message?.body ?? 'null' } : {}),
        }),
    );
    const reader = new StreamReader(engine.url);
    stopping.push(() => reader.close());
    const handled = new Map<string, ReadonlyMap<string, string>>();
    for (const mapping of app.streamMappings) {
      const onHandled = (tableName: string, sequenceNumber: string): void => {
        handled.set(tableName, new Map(handled.get(tableName)).set(mapping.id, sequenceNumber));
      };
      consumers.push(
        new StreamConsumer({
          mapping,
          reader,
          database,
          queues,
          invoke,
          slots,
          region: REGION,
          onHandled,
          onError: (error) =>
            reports.say(`error  stream of ${mapping.tableName}: ${error instanceof Error ? error.message : String(error)}`),
          onGivenUp: (records, reason) => reports.say(`error  ${records} stream record(s) of ${mapping.tableName} given up: ${reason}`),
        }),
      );
    }
    let trimmedAt = performance.now();
    const trimmer = setInterval(() => {
      const isQuiet = load === 0 && slots.inUse === 0;
      if (!isQuiet && performance.now() - trimmedAt < TRIM_AT_THE_LATEST_MS) return;
      trimmedAt = performance.now();
      for (const [tableName, positions] of handled) {
        // Every mapping of the table must have handled a record before it may go.
        if (positions.size < app.streamMappings.filter((mapping) => mapping.tableName === tableName).length) continue;
        const [lowest] = [...positions.values()].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
        // Until nothing is left: one trimming does not take long enough for everything.
        if (lowest === undefined || engine.trimStream(tableName, lowest) === 0) handled.delete(tableName);
      }
    }, TRIM_EVERY_MS).unref();
    const sweeper = setInterval(() => void engine.sweepExpired().catch(() => undefined), SWEEP_EVERY_MS).unref();
    stopping.push(() => {
      clearInterval(trimmer);
      clearInterval(sweeper);
    });

    const keyed = app.functions.find(
      ({ environment }) => environment.SIGNING_SECRET_ARN !== undefined && environment.TABLE_NAME !== undefined,
    );
    const signingSecret = secrets.get(keyed?.environment.SIGNING_SECRET_ARN ?? '')?.value;
    const tableName = keyed?.environment.TABLE_NAME;
    if (signingSecret !== undefined && tableName !== undefined) {
      await seedAdminKey({ engineUrl: engine.url, database, tableName, signingSecret, key: adminKey });
    }

    const schedules = new Schedules({
      schedules: app.schedules,
      database,
      queues,
      bus,
      region: REGION,
      account: ACCOUNT,
      onFire: ({ name }) => reports.say(`schedule ${name}`),
    });
    const front = new HttpFront({
      api,
      account: ACCOUNT,
      port,
      invoke,
      onServed: (request) => reports.request(request),
      onLoad: (requests) => {
        const fell = requests < load;
        load = requests;
        if (fell) slots.admit();
      },
    });
    await front.listen();
    for (const consumer of [...queueConsumers, ...consumers]) consumer.start();
    schedules.start();
    const background = [...queueConsumers, ...consumers];

    const isIdle = (): boolean => !front.busy && !workers.busy && slots.inUse === 0 && background.every(({ busy }) => !busy);
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      schedules.stop();
      const finished = Promise.all([front.close(), ...background.map((consumer) => consumer.stop())]);
      const inTime = new AbortController();
      await Promise.race([finished, delay(FINISH_WITHIN_MS, undefined, { signal: inTime.signal }).catch(() => undefined)]);
      inTime.abort();
      front.abort();
      await workers.stop();
      // What was cut short is back in its queue before the queues close.
      await finished;
      await undo();
    };
    const local: Local = {
      url: `http://localhost:${front.port}`,
      awsUrl: aws.url,
      adminKey,
      app,
      principals,
      queues,
      idle: async () => {
        // Twice in a row: what one part has just let go of another may be about to take.
        for (let calm = 0; calm < 2; calm = isIdle() ? calm + 1 : 0) await delay(5);
      },
      warm: async () => {
        const routes = Map.groupBy(api.routes, ({ functionArn }) => functionArn);
        const often = [...routes].filter(([, { length }]) => length >= OFTEN_ASKED).map(([arn]) => arn);
        const fed = [...app.queueMappings, ...app.streamMappings].map(({ functionArn }) => functionArn);
        for (const arn of new Set([...often, ...fed])) await workers.warm(arn);
      },
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
    if (options.readyPath !== undefined) {
      const deadline = Date.now() + READY_WITHIN_MS;
      for (let status = 0; status !== 200; ) {
        const answer = await fetch(`http://127.0.0.1:${front.port}${options.readyPath}`);
        await answer.arrayBuffer();
        status = answer.status;
        if (status !== 200 && Date.now() > deadline) {
          await local.stop();
          throw new Error(`GET ${options.readyPath} answers ${status}`);
        }
        if (status !== 200) await delay(200);
      }
    }
    return local;
  } catch (error) {
    await undo();
    throw error;
  }
};
