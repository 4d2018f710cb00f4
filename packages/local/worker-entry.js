// The inside of a worker thread: what Lambda's runtime client is to a function.
// Plain JavaScript, since a worker that strips types loads a compiler of its own: 24 MB and 55 ms instead of 13 MB and 26 ms.
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * @typedef {{ requestId: string, event: string, deadline: number, traceId: string }} Invocation
 */

const { functionName, functionArn, memory, codeDirectory, handler: handlerName, logGroup, logStream, files, background } = workerData;

// On Linux a priority is a thread's own: requests and what they wait for go before work that nobody waits for. Counted from the process's own, which
// may be a low one, and raising it is not everybody's right.
if (background && process.platform === 'linux') setPriority(0, Math.min(19, getPriority(0) + 5));

// What the function writes goes with its answer, or at the end of the event loop's turn: a thread's own stdout costs two messages a line.
let output = '';
let flushing = false;
const takeOutput = () => {
  const taken = output;
  output = '';
  return taken;
};
const flush = () => {
  flushing = false;
  if (output !== '') parentPort.postMessage({ kind: 'output', output: takeOutput() });
};
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    output += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (!flushing) {
      flushing = true;
      setImmediate(flush);
    }
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done !== undefined) queueMicrotask(() => done(null));
    return true;
  };
}

const describe = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n').slice(0, 30) }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

/** @param {Invocation} invocation */
const contextOf = ({ requestId, deadline }) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: functionArn,
  memoryLimitInMB: String(memory),
  awsRequestId: requestId,
  logGroupName: logGroup,
  logStreamName: logStream,
  identity: undefined,
  clientContext: undefined,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  done: () => {},
  fail: () => {},
  succeed: () => {},
});

const load = async () => {
  const dot = handlerName.lastIndexOf('.');
  const name = handlerName.slice(dot + 1);
  const stem = handlerName.slice(0, dot);
  const file = ['.mjs', '.js', '.cjs'].map((ending) => stem + ending).find((candidate) => files.includes(candidate));
  if (file === undefined) throw Object.assign(new Error(`Cannot find module '${stem}'`), { name: 'Runtime.ImportModuleError' });
  const found = await import(pathToFileURL(join(codeDirectory, file)).href);
  const handler = found[name] ?? found.default?.[name];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return handler;
};

try {
  const handler = await load();
  const run = async (/** @type {Invocation} */ invocation) => {
    process.env._X_AMZN_TRACE_ID = invocation.traceId;
    let answer;
    try {
      const result = await handler(JSON.parse(invocation.event), contextOf(invocation));
      answer = { kind: 'result', requestId: invocation.requestId, payload: JSON.stringify(result) };
    } catch (error) {
      answer = { kind: 'error', requestId: invocation.requestId, ...describe(error) };
    }
    parentPort.postMessage({ ...answer, output: takeOutput() });
  };
  parentPort.on('message', (/** @type {Invocation} */ invocation) => void run(invocation));
  parentPort.postMessage({ kind: 'ready', output: takeOutput() });
} catch (error) {
  parentPort.postMessage({ kind: 'broken', ...describe(error), output: takeOutput() });
}
