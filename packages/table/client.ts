import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * A client for `createTable`: the SDK does not retry, the table does, because it knows which failures of a transaction pass. A call is given
 * up after 3 s, so that a lost connection costs a retry rather than the whole invocation.
 */
export const tableClient = (): DynamoDBClient =>
  new DynamoDBClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true } });
