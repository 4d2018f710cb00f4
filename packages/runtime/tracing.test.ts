import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { traced } from './tracing.ts';

const daemon = createSocket('udp4');
const said: string[] = [];

beforeEach(async () => {
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  daemon.on('message', (message) => said.push(message.toString()));
  const { port } = daemon.address();
  // What Lambda gives a function that it traces.
  vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${port}`);
  vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x');
  vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-6560a4b2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'intake');
});

afterEach(() => {
  vi.unstubAllEnvs();
  daemon.close();
});

it('says the operation, its correlation and its service to X-Ray when the invocation is sampled', async () => {
  expect(await traced('createLead', 'r1', async () => 7)).toBe(7);
  await expect(traced('createLead', 'r2', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  await vi.waitFor(() => expect(said).toHaveLength(2));
  const documents = said.map((text): unknown => JSON.parse(text.split('\n')[1] ?? ''));
  expect(documents).toMatchObject([
    {
      name: '## createLead',
      trace_id: '1-6560a4b2-0123456789abcdef01234567',
      parent_id: '0123456789abcdef',
      annotations: { correlationId: 'r1', Service: 'intake', ColdStart: true },
    },
    { name: '## createLead', error: true, annotations: { correlationId: 'r2' } },
  ]);
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-6560a4b2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0');
  expect(await traced('createLead', 'r3', async () => 8)).toBe(8);
  expect(said).toHaveLength(2);
});
