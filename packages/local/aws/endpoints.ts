import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Answer, DYNAMODB, failure, JSON_1_1, type Protocol } from './answers.ts';
import { findCallers } from './caller.ts';
import { dynamoDbEndpoint } from './dynamodb-endpoint.ts';
import { eventBridgeEndpoint } from './eventbridge-endpoint.ts';
import { makeFaults } from './faults.ts';
import { secretsEndpoint } from './secrets-endpoint.ts';
import type { AwsEndpoints, AwsEndpointsOptions } from './types.ts';

/** DynamoDB's largest request is 16 MB. */
const MOST_BYTES = 16 * 1024 * 1024;
const FINISH_WITHIN_MS = 1_000;
const ACCESS_KEY_ID = /Credential=([^/,\s]+)/;

function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) {
        chunks.push(chunk);
      }
    });
    incoming.on('error', reject);
    incoming.on('end', () => {
      if (size > MOST_BYTES) {
        resolve(undefined);
      } else {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      }
    });
  });
}

function protocolOf(target: string): Protocol {
  return target.startsWith('DynamoDB') ? DYNAMODB : JSON_1_1;
}

/**
 * Serves DynamoDB, DynamoDB Streams, EventBridge and Secrets Manager on one loopback port, for the functions and for any AWS SDK client:
 * told apart by `X-Amz-Target`, whatever the region. A function is known by its access key id, and gets what its policy allows.
 * @throws Error when the port is taken.
 */
export async function startAwsEndpoints(options: AwsEndpointsOptions): Promise<AwsEndpoints> {
  const dynamoDb = dynamoDbEndpoint(options);
  const eventBridge = eventBridgeEndpoint(options);
  const secrets = secretsEndpoint(options);
  const callerOf = findCallers(options, options.faults === undefined ? undefined : makeFaults(options.faults));

  const dispatch = async (target: string, authorization: string | undefined, body: Buffer): Promise<Answer> => {
    const protocol = protocolOf(target);
    if (authorization === undefined) {
      return failure(protocol, 'MissingAuthenticationTokenException', 'Request is missing Authentication Token');
    }
    const accessKeyId = ACCESS_KEY_ID.exec(authorization)?.[1];
    if (accessKeyId === undefined) {
      return failure(protocol, 'IncompleteSignatureException', "Authorization header requires 'Credential' parameter.");
    }
    const caller = callerOf(accessKeyId);
    const operation = target.slice(target.indexOf('.') + 1);
    if (target.startsWith('DynamoDB_20120810.') || target.startsWith('DynamoDBStreams_20120810.')) {
      return dynamoDb.handle(target, body, caller);
    }
    if (target.startsWith('AWSEvents.')) {
      return eventBridge(operation, body, caller);
    }
    if (target.startsWith('secretsmanager.')) {
      return secrets(operation, body, caller);
    }
    return failure(
      protocol,
      'UnknownOperationException',
      'Leadline serves DynamoDB, DynamoDB Streams, EventBridge and Secrets Manager here, told apart by X-Amz-Target.',
    );
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    const target = incoming.headers['x-amz-target'];
    const name = typeof target === 'string' ? target : '';
    let reply: Answer;
    try {
      reply =
        body === undefined
          ? failure(protocolOf(name), 'RequestEntityTooLargeException', 'Request Entity Too Large', 413)
          : await dispatch(name, incoming.headers.authorization, body);
    } catch (error) {
      reply = failure(protocolOf(name), 'InternalServerError', error instanceof Error ? error.message : String(error), 500);
    }
    outgoing.writeHead(reply.status, reply.headers);
    outgoing.end(reply.body);
  };

  // No idle limit: an SDK client that reuses a connection in the very moment of its closing would get an error it did not earn.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const impatience = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS);
      await closed;
      clearTimeout(impatience);
      dynamoDb.close();
    },
  };
}
