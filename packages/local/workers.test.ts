import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { InvocationResult } from './invocation.ts';
import { parseJson } from './json.ts';
import type { FunctionModel } from './model.ts';
import { Workers, type WorkersOptions } from './workers.ts';

const lines: string[] = [];
let workers: Workers | undefined;
let directory: string | undefined;

afterEach(async () => {
  await workers?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  lines.length = 0;
});

const run = (
  source: string,
  model: Partial<FunctionModel> = {},
  options: Partial<WorkersOptions> = {},
): ((event?: unknown) => Promise<InvocationResult>) => {
  directory = mkdtempSync(join(tmpdir(), 'leadline-workers-'));
  writeFileSync(join(directory, 'index.mjs'), source);
  const f: FunctionModel = {
    name: 'f',
    arn: 'arn:f',
    codeDirectory: directory,
    handler: 'index.handler',
    environment: { OWN: 'own' },
    timeout: 5,
    memory: 128,
    reservedConcurrency: undefined,
    statements: [],
    onFailureArn: undefined,
    asyncRetries: 2,
    ...model,
  };
  workers = new Workers({
    functions: [f],
    environmentOf: () => ({ ADDED: 'added' }),
    onLine: (_name, line) => lines.push(line),
    onError: () => undefined,
    ...options,
  });
  const started = workers;
  return (event = {}) => started.invoke('arn:f', JSON.stringify(event));
};
const value = (result: InvocationResult): unknown => (result.ok && result.payload !== undefined ? parseJson(result.payload) : result);

describe('a function in a worker thread', () => {
  it('gets event, context and an environment of its own', async () => {
    const invoke =
      run(`export const handler = async (event, context) => ({ event, name: context.functionName, memory: context.memoryLimitInMB,
      arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(), id: context.awsRequestId, env: { ...process.env } })`);
    const result = value(await invoke({ a: 1 }));
    expect(result).toMatchObject({ event: { a: 1 }, name: 'f', memory: '128', arn: 'arn:f', env: { OWN: 'own', ADDED: 'added' } });
    expect(result).toHaveProperty('id', expect.stringMatching(/^[0-9a-f-]{36}$/));
    expect(result).toHaveProperty(
      'left',
      expect.toSatisfy((left: number) => left > 4000 && left <= 5000),
    );
    expect(result).not.toHaveProperty('env.HOME');
  });

  it('handles one invocation at a time in a worker, and more workers come under load', async () => {
    const invoke = run(`import { threadId } from 'node:worker_threads';
      let running = 0;
      export const handler = async () => { running += 1; await new Promise((done) => setTimeout(done, 20)); const seen = running; running -= 1; return { seen, threadId }; }`);
    const results = (await Promise.all(Array.from({ length: 40 }, () => invoke()))).map(value);
    expect(new Set(results.map((result) => Object(result).seen))).toEqual(new Set([1]));
    expect(new Set(results.map((result) => Object(result).threadId)).size).toBeGreaterThan(1);
    expect(workers?.size).toBeLessThanOrEqual(4);
  });

  it('keeps to the reserved concurrency', async () => {
    const invoke = run('export const handler = async () => new Promise((done) => setTimeout(done, 2))', { reservedConcurrency: 1 });
    await Promise.all(Array.from({ length: 20 }, () => invoke()));
    expect(workers?.size).toBe(1);
  });

  it('is ended at its timeout, and runs again after that', async () => {
    const invoke = run('export const handler = async (event) => { if (event.hang) for (;;); return "fine" }', { timeout: 0.2 });
    expect(await invoke({ hang: true })).toMatchObject({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 0\.20 seconds$/),
    });
    expect(value(await invoke())).toBe('fine');
  });

  it.each([
    ['throws', 'throw new TypeError("no")', 'TypeError', /^no$/],
    ['ends its process', 'process.exit(3)', 'Runtime.ExitError', /exit status 3/],
    [
      'leaves an error unhandled',
      'setTimeout(() => { throw new RangeError("late") }); await new Promise(() => {})',
      'RangeError',
      /^late$/,
    ],
  ])('that %s fails that invocation alone', async (_title, action, errorType, message) => {
    const invoke = run(`export const handler = async (event) => { if (event.fail) { ${action} } return 'fine' }`);
    expect(await invoke({ fail: true })).toMatchObject({ ok: false, errorType, errorMessage: expect.stringMatching(message) });
    expect(value(await invoke())).toBe('fine');
  });

  it('that cannot be loaded fails each invocation with the reason', async () => {
    const invoke = run('throw new Error("no environment")');
    expect(await invoke()).toMatchObject({ ok: false, errorMessage: 'no environment' });
    expect(await invoke()).toMatchObject({ ok: false, errorMessage: 'no environment' });
  });

  it('without the handler it names fails', async () => {
    expect(await run('export const other = 1')()).toMatchObject({ ok: false, errorType: 'Runtime.HandlerNotFound' });
  });

  it('has its output captured line by line', async () => {
    const invoke = run(
      'export const handler = async () => { process.stdout.write("one\\ntw"); console.error("o"); process.stdout.write("o\\n") }',
    );
    expect(await invoke()).toEqual({ ok: true, payload: undefined });
    await expect.poll(() => [...lines].sort()).toEqual(['o', 'one', 'two']);
  });

  it('answers what still runs as stopped', async () => {
    const invoke = run('export const handler = async () => new Promise(() => setInterval(() => {}, 1000))');
    await workers?.warm('arn:f');
    const running = invoke();
    await workers?.stop();
    expect(await running).toMatchObject({ ok: false, errorType: 'Runtime.Stopped' });
  });
});
