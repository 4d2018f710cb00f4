import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holdDirectory } from './data-directory.ts';
import { findEngineProgram } from './engine-program.ts';
import { sweepTimeToLive } from './engine-sweep.ts';
import { endOrphans } from './orphans.ts';
import { openStreamRecords } from './stream-records.ts';
import type { Engine, EngineOptions } from './types.ts';

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 2_000;
const ATTEMPTS = 3;

/**
 * Runs the engine in the place of a shell whose background part waits for the end of file descriptor 3, which comes when this process
 * dies, however it dies, and then ends the engine: so a killed Leadline leaves no engine behind.
 */
const DIE_WITH_PARENT = '( read _ <&3; kill -TERM $$ ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function launch(args: readonly string[]): ChildProcess {
  const [program, ...first] = findEngineProgram();
  const command = [program, ...first, ...args];
  // A process group of its own: Ctrl-C in a terminal must reach Leadline alone, which then stops things in order.
  return process.platform === 'win32'
    ? spawn(program, [...first, ...args], { stdio: ['ignore', 'ignore', 'pipe'], shell: true })
    : spawn('/bin/sh', ['-c', DIE_WITH_PARENT, 'dynoxide', ...command], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true });
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly mcpUrl: string;
  /** Fulfilled with a description once the process has ended. */
  readonly ended: Promise<string>;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function startOnce(databaseFile: string): Promise<Running> {
  const [port, mcpPort] = await freePorts(2);
  const serve = `serve --host 127.0.0.1 --port ${port} --mcp --mcp-port ${mcpPort} --mcp-no-auth --db-path`;
  const child = launch([...serve.split(' '), databaseFile]);
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2_000);
  });
  let over = false;
  const ended = new Promise<string>((resolve) => {
    const end = (what: string): void => {
      over = true;
      for (const stream of child.stdio) {
        stream?.destroy();
      }
      resolve(`${what}${lastWords === '' ? '' : `: ${lastWords.trim()}`}`);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (over) {
      throw new Error(`the DynamoDB engine did not start (${await ended})`);
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the DynamoDB engine did not answer within ${READY_WITHIN_MS / 1000} s`);
    }
    await delay(3);
  }
  return { child, url, mcpUrl: `http://127.0.0.1:${mcpPort}/mcp`, ended };
}

/** Another process may take a port between our finding it free and the engine's binding it: then again, with others. */
async function start(databaseFile: string): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(databaseFile);
    } catch (error) {
      if (attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

/**
 * Starts the DynamoDB-compatible engine on loopback with its database in the data directory, and waits until it answers.
 * @throws Error when another Leadline uses the directory, or no engine can be started; the message says what to do.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const directory = holdDirectory(options.dataDirectory);
  try {
    const databaseFile = join(directory.path, 'dynamodb.db');
    await endOrphans(databaseFile);
    const { child, url, mcpUrl, ended } = await start(databaseFile);
    const records = openStreamRecords(databaseFile);
    let stopping: Promise<void> | undefined;
    void ended.then((how) => {
      if (stopping === undefined) {
        options.onExit(new Error(`the DynamoDB engine ended by itself (${how})`));
      }
    });
    const end = async (): Promise<void> => {
      records.close();
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(impatience);
      directory.release();
    };
    return {
      url,
      prepareStream: () => records.prepare(),
      trimStream: (tableName, upTo) => records.trim(tableName, upTo),
      sweepExpired: () => sweepTimeToLive(mcpUrl),
      stop: () => {
        stopping ??= end();
        return stopping;
      },
    };
  } catch (error) {
    directory.release();
    throw error;
  }
}
