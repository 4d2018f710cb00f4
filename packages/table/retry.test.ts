import {
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  ThrottlingException,
  TransactionCanceledException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { StaleRead, TableBusy } from './errors.ts';
import { partition } from './keys.ts';
import { mostTries, waitBefore } from './retry.ts';
import { createTable } from './table.ts';
import type { Provenance, Transaction } from './transaction.ts';

const provenance: Provenance = {
  service: 'deals',
  actor: 'key:test',
  correlationId: 'r',
  causationId: 'r',
  now: '2026-11-22T18:18:42.000Z',
};
const collection = partition('deals', 'deal', 'deal_1');
const transaction: Transaction = {
  writes: [{ op: 'create', item: { pk: collection, sk: 'deal', kind: 'deal', data: {} } }],
  events: [
    {
      contract: { name: 'DealCreated', schemaVersion: 1, sources: ['deals'], summary: '', data: z.object({}) },
      collection,
      subject: 'deal_1',
      sequence: 1,
      data: {},
    },
  ],
};

const about = { $metadata: {}, message: '' };
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ ...about, CancellationReasons: codes.map((Code) => ({ Code })) });
const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

const dynamo = mockClient(DynamoDBClient);
const waits: number[] = [];
const mocked = () =>
  createTable({
    client: new DynamoDBClient({ region: 'us-east-1' }),
    tableName: 'leadline',
    random: () => 1,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
const tokens = () => dynamo.commandCalls(TransactWriteItemsCommand).map((call) => call.args[0].input.ClientRequestToken);

beforeEach(() => {
  dynamo.reset();
  waits.length = 0;
});

describe('a failure that passes is waited out', () => {
  const passing = {
    'a conflict': canceled('None', 'TransactionConflict'),
    'a throttled item': canceled('ThrottlingError', 'None'),
    'a throttled account': new ThrottlingException(about),
    'a transaction still in progress': new TransactionInProgressException(about),
    'a server error': new InternalServerError(about),
    'a lost connection': lost(),
  };
  for (const [name, failure] of Object.entries(passing)) {
    test(`${name}: the same transaction with the same token is sent again`, async () => {
      dynamo.on(TransactWriteItemsCommand).rejectsOnce(failure).rejectsOnce(failure).resolves({});
      const table = mocked();
      expect(await table.commit(transaction, provenance)).toHaveLength(1);
      expect(tokens()).toHaveLength(3);
      expect(new Set(tokens()).size).toBe(1);
      expect(waits).toEqual([25, 50]);
      expect(table.consumed.retries).toBe(2);
    });
  }

  test('but only eight times, then the table is busy', async () => {
    dynamo.on(TransactWriteItemsCommand).rejects(canceled('TransactionConflict', 'None'));
    await expect(mocked().commit(transaction, provenance)).rejects.toThrow(TableBusy);
    expect(tokens()).toHaveLength(mostTries);
  });

  test('for reads too', async () => {
    dynamo.on(GetItemCommand).rejectsOnce(new ThrottlingException(about)).resolves({});
    expect(await mocked().get({ pk: 'deals#deal#1', sk: 'deal' })).toBeUndefined();
  });

  test('with full jitter: anything from nothing to 25 ms, doubled each time, never over 800 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: mostTries }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const wait = waitBefore(failures, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(800, 25 * 2 ** (failures - 1)));
      }),
    );
  });
});

describe('a refusal is not tried again', () => {
  test('a failed condition is a stale read, also when another item was in conflict', async () => {
    dynamo.on(TransactWriteItemsCommand).rejects(canceled('ConditionalCheckFailed', 'TransactionConflict'));
    await expect(mocked().commit(transaction, provenance)).rejects.toThrow(StaleRead);
    expect(tokens()).toHaveLength(1);
  });

  test('what DynamoDB finds invalid is thrown as it is', async () => {
    const invalid = Object.assign(new Error('no such table'), { name: 'ResourceNotFoundException' });
    dynamo.on(TransactWriteItemsCommand).rejects(invalid);
    await expect(mocked().commit(transaction, provenance)).rejects.toBe(invalid);
    expect(tokens()).toHaveLength(1);
  });

  test('an empty cancellation too', async () => {
    dynamo.on(TransactWriteItemsCommand).rejects(canceled('ValidationError', 'None'));
    await expect(mocked().commit(transaction, provenance)).rejects.toThrow(TransactionCanceledException);
  });
});
