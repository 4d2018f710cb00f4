import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { memberPrefix } from './attributes.ts';
import { TableBusy } from './errors.ts';
import type { Key } from './item.ts';

/** A part of what a window gives, asked for at a moment. */
export interface WindowTake {
  readonly key: Key;
  /** How much to take, from 1. */
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** How long a window runs from the take that opens it. */
  readonly milliseconds: number;
}

/** A window as it stands after a take. */
export interface Window {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Taken in all, this take included: who is told more than the window gives got what was left, or nothing. */
  readonly taken: number;
  /** This take opened it. */
  readonly opened: boolean;
}

/**
 * Counts that functions of all services share, under `usagePrefix`. Each is one UpdateItem, half as dear as a transaction's write and never in
 * conflict with another; none is tried again, so nobody waits for a hot item.
 */
export interface Usage {
  /**
   * Takes from the window that runs, or opens one.
   *
   * @throws {Error} when the table refuses or does not answer; whether it was counted is then unknown.
   */
  takeFromWindow(take: WindowTake): Promise<Window>;
  /** Notes a use at `at` unless a later one is noted; kept until `until`. Both in epoch milliseconds. @throws {Error} as above. */
  noteUse(key: Key, at: number, until: number): Promise<void>;
}

interface Counting {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly onCall: () => void;
  readonly onCharge: (writeUnits: number) => void;
}

/** Takers that open a window at one moment are few rounds apart: one opens it, the others then find it running. */
const mostRounds = 3;
/** Seconds a window's item is kept: only until it is surely over, whatever the clocks. */
const keptSeconds = 3_600;

const names = { '#rev': 'rev', '#kind': 'kind' };

/** The item's new attributes; undefined when the condition does not hold. */
const update = async ({ client, tableName, onCall, onCharge }: Counting, key: Key, input: Partial<UpdateItemCommandInput>) => {
  onCall();
  try {
    const { Attributes, ConsumedCapacity } = await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: key.pk }, sk: { S: key.sk } },
        ReturnValues: 'ALL_NEW',
        ReturnConsumedCapacity: 'TOTAL',
        ...input,
      }),
    );
    onCharge(ConsumedCapacity?.CapacityUnits ?? 0);
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
};

export const takeFromWindow = async (counting: Counting, { key, amount, at, milliseconds }: WindowTake): Promise<Window> => {
  const started = { '#started': `${memberPrefix}startedAt`, '#taken': `${memberPrefix}taken`, '#rev': 'rev' };
  const values = { ':amount': { N: String(amount) }, ':over': { N: String(at - milliseconds) }, ':one': { N: '1' } };
  for (let round = 0; round < mostRounds; round += 1) {
    const running = await update(counting, key, {
      ConditionExpression: '#started > :over',
      UpdateExpression: 'ADD #taken :amount, #rev :one',
      ExpressionAttributeNames: started,
      ExpressionAttributeValues: values,
    });
    if (running !== undefined)
      return { startedAt: Number(running[started['#started']]?.N), taken: Number(running[started['#taken']]?.N), opened: false };
    const opened = await update(counting, key, {
      ConditionExpression: 'attribute_not_exists(#started) OR #started <= :over',
      UpdateExpression: 'SET #started = :at, #taken = :amount, #kind = :kind, expiresAt = :expires ADD #rev :one',
      ExpressionAttributeNames: { ...started, ...names },
      ExpressionAttributeValues: {
        ...values,
        ':at': { N: String(at) },
        ':kind': { S: 'usage-window' },
        ':expires': { N: String(Math.ceil(at / 1000) + keptSeconds) },
      },
    });
    if (opened !== undefined) return { startedAt: at, taken: amount, opened: true };
  }
  throw new TableBusy('the window was opened and over again each time');
};

export const noteUse = async (counting: Counting, key: Key, at: number, until: number): Promise<void> => {
  await update(counting, key, {
    ConditionExpression: 'attribute_not_exists(#at) OR #at < :at',
    UpdateExpression: 'SET #at = :at, #kind = :kind, expiresAt = :expires ADD #rev :one',
    ExpressionAttributeNames: { '#at': `${memberPrefix}at`, ...names },
    ExpressionAttributeValues: {
      ':at': { N: String(at) },
      ':kind': { S: 'usage-last' },
      ':expires': { N: String(Math.ceil(until / 1000)) },
      ':one': { N: '1' },
    },
  });
};
