import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * A client for `createTable`: the SDK does not retry, the table does, because it knows which failures of a transaction pass. A call is given
 * up after 3 s, so that a lost connection costs a retry rather than the whole invocation.
 */
export const tableClient = (config: DynamoDBClientConfig = {}): DynamoDBClient => {
  const client = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
    ...config,
  });
  // It copies each input and output for a logger that we don't have: a twentieth of a call's time. Ours logs no data anyway.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
