import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startEngine } from './engine.ts';
import { createTable, item, TABLE } from './fixtures.ts';
import type { Engine } from './types.ts';

const settings = (url: string) => ({
  endpoint: url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
});

let directory: string;
const engines: Engine[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'leadline-engine-test-'));
});

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  rmSync(directory, { recursive: true, force: true });
});

async function start(dataDirectory = directory, onExit: (error: Error) => void = () => {}): Promise<Engine> {
  const engine = await startEngine({ dataDirectory, onExit });
  engines.push(engine);
  return engine;
}

/** The ids of the engines that hold our database. */
function enginePids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes('dynoxide') && command.includes(directory);
      } catch {
        return false;
      }
    });
}

test('What was written is there after a stop and a start', async () => {
  const first = await start();
  const client = new DynamoDBClient(settings(first.url));
  await createTable(client);
  await client.send(new PutItemCommand({ TableName: TABLE, Item: item('intake#1') }));
  await first.stop();
  const second = await start();
  const found = await new DynamoDBClient(settings(second.url)).send(new GetItemCommand({ TableName: TABLE, Key: item('intake#1') }));
  expect(found.Item).toEqual(item('intake#1'));
});

test('An engine that is killed is told of, and nothing acknowledged is lost', async () => {
  const onExit = vi.fn();
  const first = await start(directory, onExit);
  const client = new DynamoDBClient(settings(first.url));
  await createTable(client);
  let acknowledged = 0;
  const writing = (async () => {
    for (let index = 0; ; index++) {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: item(`intake#${index}`) }));
      acknowledged = index;
    }
  })().catch(() => {});
  await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(20), { timeout: 10_000, interval: 5 });
  for (const pid of enginePids()) {
    process.kill(pid, 'SIGKILL');
  }
  await writing;
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce());
  expect(onExit.mock.calls[0]?.[0]).toMatchObject({ message: expect.stringContaining('SIGKILL') });
  await first.stop();

  const again = new DynamoDBClient(settings((await start()).url));
  const last = await again.send(new GetItemCommand({ TableName: TABLE, Key: item(`intake#${acknowledged}`) }));
  expect(last.Item).toBeDefined();
});

test('A stop is no exit to tell of, and a second one does nothing', async () => {
  const onExit = vi.fn();
  const engine = await start(directory, onExit);
  await engine.stop();
  await engine.stop();
  expect(onExit).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(enginePids()).toEqual([]), { timeout: 5_000, interval: 5 });
});

test('A second Leadline on the same data directory gets a clear error', async () => {
  await start();
  await expect(start()).rejects.toThrow(/Another Leadline \(process \d+\) is using .* LEADLINE_DATA/);
});

test(':memory: keeps nothing, not even a directory', async () => {
  const ours = () =>
    ['/dev/shm', tmpdir()]
      .filter((root) => existsSync(root))
      .flatMap((root) => readdirSync(root).filter((name) => name.startsWith(`leadline-${process.pid}-`)));
  const before = ours();
  const engine = await start(':memory:');
  expect(engine.prepareStream()).toBe(true);
  expect(ours().length).toBeGreaterThan(before.length);
  await engine.stop();
  expect(ours()).toEqual(before);
});

async function startElsewhere(): Promise<ChildProcess> {
  const script = `import { startEngine } from ${JSON.stringify(join(import.meta.dirname, 'engine.ts'))};
    await startEngine({ dataDirectory: process.argv[1], onExit() {} });
    console.log('ready');
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test.runIf(process.platform === 'linux')('When Leadline is killed, its engine ends too', async () => {
  const parent = await startElsewhere();
  expect(enginePids().length).toBeGreaterThan(0);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await vi.waitFor(() => expect(enginePids()).toEqual([]), { timeout: 5_000, interval: 5 });
});

test.runIf(process.platform === 'linux')('An engine left behind is ended by the next start', async () => {
  const parent = await startElsewhere();
  // An engine that is stopped cannot follow its parent: what a left-behind engine is like.
  const [pid] = enginePids();
  for (const each of enginePids()) {
    process.kill(each, 'SIGSTOP');
  }
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const engine = await start();
  expect(enginePids()).not.toContain(pid);
  expect((await fetch(engine.url)).status).toBe(200);
});

test('Stream records are trimmed up to a number, save the newest of each table, and numbers go on', async () => {
  const engine = await start();
  const client = new DynamoDBClient(settings(engine.url));
  const streams = new DynamoDBStreamsClient(settings(engine.url));
  await createTable(client);
  expect(engine.prepareStream()).toBe(true);
  const put = async (from: number, to: number) => {
    for (let index = from; index <= to; index++) {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: item(`intake#${index}`) }));
    }
  };
  const records = async () => {
    const listed = await streams.send(new ListStreamsCommand({ TableName: TABLE }));
    const StreamArn = listed.Streams?.[0]?.StreamArn;
    const described = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = described.StreamDescription?.Shards?.[0]?.ShardId;
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    return (Records ?? []).map((record) => Number(record.dynamodb?.SequenceNumber));
  };
  await put(1, 5);
  expect(await records()).toEqual([1, 2, 3, 4, 5]);
  expect(engine.trimStream(TABLE, '3')).toBe(3);
  expect(engine.trimStream('other', '5')).toBe(0);
  expect(engine.trimStream(TABLE, '5')).toBe(1);
  await put(6, 7);
  expect(await records()).toEqual([5, 6, 7]);
});

test('Items whose time to live has passed go with a sweep', async () => {
  const engine = await start();
  const client = new DynamoDBClient(settings(engine.url));
  await createTable(client);
  await client.send(
    new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' } }),
  );
  await client.send(new PutItemCommand({ TableName: TABLE, Item: { ...item('intake#old'), expiresAt: { N: '1000' } } }));
  await client.send(new PutItemCommand({ TableName: TABLE, Item: { ...item('intake#new'), expiresAt: { N: '99999999999' } } }));
  expect(await engine.sweepExpired()).toBe(1);
  expect(await engine.sweepExpired()).toBe(0);
});
