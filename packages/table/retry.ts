import { DynamoDBServiceException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TableBusy } from './errors.ts';

/**
 * Tries of one call. With the waits below, the last comes about four seconds after the first: enough for a row of conflicts on a counter that
 * many writers share, and well within the time of a request.
 */
export const mostTries = 12;

const firstWait = 25;
const longestWait = 800;

/** Milliseconds before the try after `failures` failed ones: full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export const waitBefore = (failures: number, random: () => number): number =>
  random() * Math.min(longestWait, firstWait * 2 ** (failures - 1));

const transientNames = new Set([
  'ThrottlingException',
  'ThrottlingError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ReplicatedWriteConflictException',
  'TransactionConflictException',
  'TransactionInProgressException',
  'TimeoutError',
]);

const transientReasons = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded']);

const networkCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNABORTED']);

const isNetworkFailure = (error: Error): boolean => 'code' in error && typeof error.code === 'string' && networkCodes.has(error.code);

/**
 * What a failed call leaves open: `refused`, it did nothing and would do nothing again; `transient`, it did nothing but may do it when tried
 * again; `unknown`, as transient, but it may have happened: the answer got lost.
 */
export type Failure = 'refused' | 'transient' | 'unknown';

export const failureOf = (error: unknown): Failure => {
  if (!(error instanceof Error)) return 'refused';
  if (error instanceof TransactionCanceledException) {
    const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None').filter((code) => code !== 'None');
    return codes.length > 0 && codes.every((code) => transientReasons.has(code)) ? 'transient' : 'refused';
  }
  if (error.name === 'TransactionInProgressException') return 'unknown';
  if (error.name === 'TimeoutError' || isNetworkFailure(error)) return 'unknown';
  if (transientNames.has(error.name)) return 'transient';
  if (error instanceof DynamoDBServiceException) {
    return error.$fault === 'server' || (error.$metadata.httpStatusCode ?? 0) >= 500 ? 'unknown' : 'refused';
  }
  return 'refused';
};

export interface Patience {
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Told of every wait. */
  readonly onRetry?: () => void;
}

/**
 * Calls until it succeeds or is refused. `attempt` is told whether an earlier try may have happened all the same.
 *
 * @throws {TableBusy} when the last of 12 tries failed for a passing reason.
 */
export const persist = async <T>(attempt: (mayHaveHappened: boolean) => Promise<T>, { random, sleep, onRetry }: Patience): Promise<T> => {
  let mayHaveHappened = false;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt(mayHaveHappened);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'refused') throw error;
      if (failures === mostTries) throw new TableBusy('DynamoDB is busy', { cause: error });
      if (failure === 'unknown') mayHaveHappened = true;
      onRetry?.();
      await sleep(waitBefore(failures, random));
    }
  }
};
