import { Agent, request as send } from 'node:http';
import fc from 'fast-check';
import { adminKey, type Product } from '../product.ts';
import { type FuzzAnswer, faultsOf } from './answers.ts';
import { type Operation, operations } from './document.ts';
import { someRecords } from './records.ts';
import { type FuzzRequest, requestTo, shown } from './requests.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Requests to be sent at least, over all operations. */
  readonly requests: number;
  /** Operations to be sent to; all unless given. */
  readonly only?: readonly string[];
}

export interface FuzzReport {
  readonly requests: number;
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** A paragraph for each operation that failed: the seed, what was wrong, and the smallest request that shows it. */
  readonly failures: readonly string[];
}

/** Operations under way at a time: two cores serve and send. */
const together = 4;

/** Pages of 2 MB and PDF documents take as long as ten other answers, and take nothing but an id: tried less often. */
const isHeavy = ({ path }: Operation): boolean => /\/document$|^\/(?:docs|(?:async|open)api\.json)$/.test(path);
const heavyRuns = 10;

/** Records must stand while others are tried on them. */
const endsRecords = ({ method, operationId }: Operation): boolean =>
  method === 'DELETE' || /^(merge|rotate|convert|erase)/.test(operationId);

const sender = (url: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: together * 2 });
  const { hostname, port } = new URL(url);
  const ask = (request: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const { method, target, headers, body } = request;
      const outgoing = send(
        { agent, hostname, port, method, path: target, headers: { ...headers, ...(body && { 'content-length': body.length }) } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }));
          incoming.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return { ask, close: () => agent.destroy() };
};

/** Sends hostile requests, made from the OpenAPI document, to the running product, and looks at each answer. Ends by itself. */
export const fuzz = async (product: Product, { seed, requests, only }: FuzzOptions): Promise<FuzzReport> => {
  const chosen = operations.filter(({ operationId }) => only === undefined || only.includes(operationId));
  if (chosen.length === 0) throw new Error(`no operation of the document is named ${only?.join(' or ')}`);
  const surroundings = await someRecords(product, adminKey);
  const { ask, close } = sender(product.url);
  const started = performance.now();
  const statuses: Record<string, number> = {};
  const failures: string[] = [];
  let sent = 0;

  const heavy = chosen.filter(isHeavy).length;
  const runs = Math.ceil((requests - heavy * heavyRuns) / Math.max(1, chosen.length - heavy));
  const tryOut = async (operation: Operation): Promise<void> => {
    const check = async (request: FuzzRequest): Promise<void> => {
      sent += 1;
      const answer = await ask(request);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const faults = faultsOf(operation, request, answer);
      if (faults.length > 0) throw new Error(faults.join('; '));
    };
    const requestId = `fuzz-${operation.operationId}`;
    const arbitrary = requestTo(operation, surroundings).map((request) => ({
      ...request,
      headers: { 'x-request-id': requestId, ...request.headers },
    }));
    const result = await fc.check(fc.asyncProperty(arbitrary, check), {
      // Each its own, so that all together try more.
      seed: seed + operations.indexOf(operation),
      numRuns: isHeavy(operation) ? heavyRuns : runs,
      interruptAfterTimeLimit: 30_000,
    });
    const [smallest] = result.counterexample ?? [];
    if (smallest === undefined) return;
    const again = `FUZZ_SEED=${seed} FUZZ_OPERATION=${operation.operationId}`;
    failures.push(
      `${operation.operationId}: ${result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)}\n  ${shown(smallest)}\n  again with ${again}`,
    );
  };

  const inTurn = async (waiting: Operation[]): Promise<void> => {
    for (let operation = waiting.shift(); operation !== undefined; operation = waiting.shift()) await tryOut(operation);
  };
  for (const part of [chosen.filter((operation) => !endsRecords(operation)), chosen.filter(endsRecords)]) {
    const waiting = [...part];
    await Promise.all(Array.from({ length: together }, () => inTurn(waiting)));
  }
  close();
  return { requests: sent, seconds: (performance.now() - started) / 1000, statuses, failures };
};
