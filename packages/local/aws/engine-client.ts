import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Answer } from './answers.ts';

/** Sends requests to the engine over kept connections. */
export interface EngineClient {
  /** Passes a request on; rejects when the engine cannot be reached. */
  send(headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer>;
  close(): void;
}

/** What of the engine's headers the caller gets. */
const PASSED_BACK = ['content-type', 'content-length', 'x-amzn-requestid', 'x-amz-crc32'] as const;

/** The headers that the engine wants to see; it checks that they are there, not what they say. */
export function engineHeaders(target: string): Record<string, string> {
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
    'x-amz-date': '20260101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=leadline/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  };
}

function passedBack(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_BACK) {
    const value = headers[name];
    if (typeof value === 'string') {
      passed[name] = value;
    }
  }
  return passed;
}

/** @throws Error when the address is not one of http. */
export function connectEngine(url: string): EngineClient {
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol !== 'http:') {
    throw new Error(`the DynamoDB engine must be at an http: address, not ${url}`);
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' });
  return {
    send: (headers, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request({
          agent,
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port,
          path: pathname,
          method: 'POST',
          headers: { ...headers, 'content-length': body.length },
        });
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
            resolve({ status: incoming.statusCode ?? 500, headers: passedBack(incoming.headers), body: whole });
          });
        });
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
