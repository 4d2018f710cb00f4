import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from './json.ts';
import { type Local, startLocal } from './start-local.ts';
import { writeTestApp } from './testing/app.ts';
import type { FixtureAssembly } from './testing/fixture-assembly.ts';

describe('a synthesized app on this machine', () => {
  let assembly: FixtureAssembly;
  let local: Local;
  const lines: string[] = [];

  beforeAll(async () => {
    assembly = writeTestApp();
    local = await startLocal({ assemblyDirectory: assembly.directory, print: (line) => lines.push(line), readyPath: '/health' });
  });
  afterAll(async () => {
    await local?.stop();
    assembly?.remove();
  });

  const put = async (id: string): Promise<void> => {
    const answer = await fetch(`${local.url}/items/${id}`, { method: 'POST' });
    expect(answer.status).toBe(202);
  };
  const seen = async (id: string): Promise<string> => (await fetch(`${local.url}/items/${id}`)).text();
  const queue = (name: string): string => local.app.queues.find((candidate) => candidate.name === name)?.arn ?? '';

  it('carries a write over stream, bus, rule and queue to its consumer, once', async () => {
    await put('a');
    await local.idle();
    expect(await seen('a')).toBe('1');
  });

  it('prints a line for a request and for an event, with their correlation ids', async () => {
    await put('lines');
    await local.idle();
    expect(lines.join('\n')).toMatch(/POST {3}\/items\/lines 202 \d+ ms {2}r-lines/);
    expect(lines.join('\n')).toMatch(/event {2}Put {2}test → consumer {2}/);
  });

  it('says what it does not emulate', () => {
    expect(lines).toContain('not emulated here: AWS::CloudWatch::Alarm ×1');
  });

  it('gives a failed message to its function again, and the others only once', async () => {
    await Promise.all(['flaky', 'b', 'c'].map(put));
    await local.idle();
    expect(await Promise.all(['flaky', 'b', 'c'].map(seen))).toEqual(['1', '1', '1']);
  });

  it('moves a message to the dead-letter queue after its last attempt', async () => {
    await put('bad');
    await local.idle();
    expect(local.queues.peek(queue('dead')).map(({ body }) => parseJson(body))).toEqual([{ id: 'bad' }]);
  });

  it('isolates a poison stream record and goes on with those after it', async () => {
    await put('before');
    await put('poison');
    await put('after');
    await local.idle();
    expect(await seen('before')).toBe('1');
    expect(await seen('after')).toBe('1');
    const [given] = local.queues.peek(queue('given-up')).map(({ body }) => parseJson(body));
    expect(given).toMatchObject({ requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo: { batchSize: 1 } });
  });

  it('answers on IPv4 and, where the machine has it, on the name localhost', async () => {
    const { port } = new URL(local.url);
    for (const host of ['127.0.0.1', 'localhost']) expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
  });

  it('answers 404 where no route matches', async () => {
    const answer = await fetch(`${local.url}/nowhere`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { type: '/problems/not-found', instance: '/nowhere' }]);
  });
});
