import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What went through: DynamoDB calls by operation, and what the engine charged for them. */
export interface Metered {
  readonly calls: ReadonlyMap<string, number>;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface CapacityMeter {
  readonly url: string;
  /** What was metered since the last time, and starts anew. */
  take(): Metered;
  /** Fulfilled when nothing has passed for a while: what followed from the last request is done, and the next can be metered alone. */
  quiet(): Promise<void>;
  /** The transactions that passed since it was started, if it was told to keep them: what was sent, in order. */
  readonly transactions: readonly string[];
  stop(): void;
}

/** `ConsumedCapacity` is one entry or a list of them; whether it is of reads or of writes, the operation says. */
interface Charged {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | readonly { readonly CapacityUnits?: number }[];
}

const unitsOf = (body: Buffer): number => {
  const { ConsumedCapacity = [] }: Charged = JSON.parse(body.toString() || '{}');
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
};

const quietMilliseconds = 1_000;

const writes = new Set(['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

/** Stands between the product and its engine (LEADLINE_DYNAMODB_ENDPOINT) and adds up `ConsumedCapacity` of what passes. */
export const startCapacityMeter = async (engineUrl: string, { keepsTransactions = false } = {}): Promise<CapacityMeter> => {
  const transactions: string[] = [];
  let lastPassed = performance.now();
  let calls = new Map<string, number>();
  let readUnits = 0;
  let writeUnits = 0;
  const server = createServer((incoming, outgoing) => {
    const target = String(incoming.headers['x-amz-target'] ?? '');
    const operation = target.startsWith('DynamoDB_') ? (target.split('.')[1] ?? '') : '';
    const forwarded = request(engineUrl, { method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        if (operation !== '' && !operation.startsWith('Describe') && !operation.startsWith('List')) {
          lastPassed = performance.now();
          calls.set(operation, (calls.get(operation) ?? 0) + 1);
          const units = unitsOf(body);
          if (writes.has(operation)) writeUnits += units;
          else readUnits += units;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
      });
    });
    forwarded.on('error', (error) => outgoing.destroy(error));
    if (keepsTransactions && operation === 'TransactWriteItems') {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => transactions.push(Buffer.concat(chunks).toString()));
    }
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const metered = { calls, readUnits, writeUnits };
      calls = new Map();
      readUnits = 0;
      writeUnits = 0;
      return metered;
    },
    quiet: async () => {
      lastPassed = performance.now();
      while (performance.now() - lastPassed < quietMilliseconds) await wait(50);
    },
    transactions,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
