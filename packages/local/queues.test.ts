import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QueueModel } from './model.ts';
import { Queues, retryDelay, sqsRecord, UnknownQueueError } from './queues.ts';
import { openStore } from './store.ts';

const queue = (name: string, more: Partial<QueueModel> = {}): QueueModel => ({
  name,
  arn: name,
  url: '',
  visibilityTimeout: 30,
  delay: 0,
  retention: 86_400,
  deadLetterArn: undefined,
  maxReceiveCount: undefined,
  ...more,
});

const open = (...models: readonly QueueModel[]): { readonly queues: Queues; pass(ms: number): void } => {
  let now = 1_000_000;
  const queues = new Queues(openStore(':memory:'), models, () => now);
  return {
    queues,
    pass: (ms) => {
      now += ms;
    },
  };
};

describe('a queue', () => {
  it('hides a received message until its visibility timeout is over', () => {
    const { queues, pass } = open(queue('q'));
    queues.send([{ queueArn: 'q', body: 'one' }]);
    expect(queues.receive('q', 10).map(({ body, receiveCount }) => [body, receiveCount])).toEqual([['one', 1]]);
    expect(queues.receive('q', 10)).toEqual([]);
    pass(30_000);
    expect(queues.receive('q', 10).map(({ receiveCount }) => receiveCount)).toEqual([2]);
  });

  it('sends all messages or none', () => {
    const { queues } = open(queue('q'));
    expect(() =>
      queues.send([
        { queueArn: 'q', body: 'one' },
        { queueArn: 'other', body: 'two' },
      ]),
    ).toThrow(UnknownQueueError);
    expect(queues.peek('q')).toEqual([]);
  });

  it('keeps a message of a queue with a delay back for that long', () => {
    const { queues, pass } = open(queue('q', { delay: 5 }));
    queues.send([{ queueArn: 'q', body: 'one' }]);
    expect(queues.receive('q', 1)).toEqual([]);
    pass(5_000);
    expect(queues.receive('q', 1)).toHaveLength(1);
  });

  it('gives a failed message again after a growing while, bounded by the visibility timeout', () => {
    expect([1, 2, 3, 9].map((count) => retryDelay(count, 6))).toEqual([1000, 2000, 4000, 6000]);
    const { queues, pass } = open(queue('q'));
    queues.send([{ queueArn: 'q', body: 'one' }]);
    queues.fail(queues.receive('q', 1));
    expect(queues.receive('q', 1)).toEqual([]);
    pass(1_000);
    expect(queues.receive('q', 1)).toHaveLength(1);
  });

  it('moves a message to the dead-letter queue after its last attempt, with where it came from', () => {
    const { queues, pass } = open(queue('q', { maxReceiveCount: 2, deadLetterArn: 'dead' }), queue('dead'));
    queues.send([{ queueArn: 'q', body: 'one' }]);
    queues.fail(queues.receive('q', 1));
    pass(60_000);
    queues.fail(queues.receive('q', 1), { ERROR_MESSAGE: 'why' });
    expect(queues.nextVisibleAt('q')).toBeUndefined();
    const [dead] = queues.receive('dead', 1);
    expect(dead).toMatchObject({ body: 'one', deadLetterSourceArn: 'q', attributes: { ERROR_MESSAGE: 'why' }, receiveCount: 1 });
  });

  it('moves a message whose visibility ran out at its last attempt', () => {
    const { queues, pass } = open(queue('q', { maxReceiveCount: 1, deadLetterArn: 'dead' }), queue('dead'));
    queues.send([{ queueArn: 'q', body: 'one' }]);
    queues.receive('q', 1);
    pass(30_000);
    expect(queues.receive('q', 1)).toEqual([]);
    expect(queues.peek('dead')).toHaveLength(1);
  });

  it('shows what was in flight when the process ended at once, without counting that attempt', () => {
    const directory = mkdtempSync(join(tmpdir(), 'leadline-queues-'));
    try {
      const first = new Queues(openStore(directory), [queue('q')]);
      first.send([{ queueArn: 'q', body: 'one' }]);
      first.receive('q', 1);
      const second = new Queues(openStore(directory), [queue('q')]);
      expect(second.receive('q', 1).map(({ receiveCount }) => receiveCount)).toEqual([1]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('shows a message to a function as SQS does', () => {
    const { queues } = open(queue('q'));
    queues.send([{ queueArn: 'q', body: 'hello', attributes: { kind: 'greeting' } }]);
    const [message] = queues.receive('q', 1);
    if (message === undefined) throw new Error('no message');
    expect(sqsRecord(message, 'eu-central-1', '000000000000')).toEqual({
      messageId: message.messageId,
      receiptHandle: message.receiptHandle,
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1000000',
        SenderId: '000000000000',
        ApproximateFirstReceiveTimestamp: '1000000',
      },
      messageAttributes: { kind: { stringValue: 'greeting', stringListValues: [], binaryListValues: [], dataType: 'String' } },
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      eventSource: 'aws:sqs',
      eventSourceARN: 'q',
      awsRegion: 'eu-central-1',
    });
  });
});
