import { type Answer, DYNAMODB, failure } from './answers.ts';
import type { ItemAccess } from './dynamodb-items.ts';
import { type JsonObject, objectAt } from './json.ts';

const CONFLICT = 'Transaction is ongoing for the item';
const THROTTLED =
  'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.';
const RATE =
  'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.';

/** DynamoDB's answer to what it could not process for reasons of its own. */
export function internalError(message = 'The request processing has failed because of an unknown error, exception or failure.'): Answer {
  return failure(DYNAMODB, 'InternalServerError', message, 500);
}

/** The answer to a transaction with the same token as one in flight. */
export function inProgress(): Answer {
  return failure(DYNAMODB, 'TransactionInProgressException', 'The transaction with the given request token is already in progress.');
}

/** The answer to a plain write of an item that is part of a transaction in flight. */
export function itemConflict(): Answer {
  return failure(DYNAMODB, 'TransactionConflictException', CONFLICT);
}

/** The answer to a transaction of which some items are part of another request in flight. */
export function transactionConflict(conflicts: readonly boolean[]): Answer {
  return cancelled(
    conflicts.map((conflict) => (conflict ? 'TransactionConflict' : undefined)),
    CONFLICT,
  );
}

function cancelled(reasons: readonly (string | undefined)[], message: string): Answer {
  const codes = reasons.map((reason) => reason ?? 'None');
  return failure(
    DYNAMODB,
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    400,
    { CancellationReasons: codes.map((code) => (code === 'None' ? { Code: code } : { Code: code, Message: message })) },
  );
}

/** One of the answers with which AWS throttles; `choice`, 0 to 1, says which. */
export function throttled(operation: string, items: readonly ItemAccess[], choice: number): Answer {
  if (operation.startsWith('Transact') && choice < 1 / 3) {
    return cancelled(
      items.map((_, index) => (index === 0 ? 'ThrottlingError' : undefined)),
      RATE,
    );
  }
  return choice < 2 / 3
    ? failure(DYNAMODB, 'ProvisionedThroughputExceededException', THROTTLED)
    : failure(DYNAMODB, 'ThrottlingException', RATE);
}

/** Takes the items in conflict out of a batch: AWS would hand them back as unprocessed. */
export function splitBatch(body: JsonObject, conflicts: readonly boolean[]): { rest: JsonObject; unprocessed: Record<string, unknown[]> } {
  const unprocessed: Record<string, unknown[]> = {};
  const rest: Record<string, unknown[]> = {};
  let index = 0;
  for (const [table, requests] of Object.entries(objectAt(body, 'RequestItems') ?? {})) {
    for (const request of Array.isArray(requests) ? requests : []) {
      const into = conflicts[index++] === true ? unprocessed : rest;
      into[table] ??= [];
      into[table].push(request);
    }
  }
  return { rest: { ...body, RequestItems: rest }, unprocessed };
}
