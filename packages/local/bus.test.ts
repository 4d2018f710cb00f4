import { describe, expect, it } from 'vitest';
import type { BusEvent } from './aws/types.ts';
import { asyncQueueArn, Bus } from './bus.ts';
import type { QueueModel, RuleModel, TargetModel } from './model.ts';
import { Queues } from './queues.ts';
import { Schedules } from './schedules.ts';
import { openStore } from './store.ts';

const queue = (arn: string): QueueModel => ({
  name: arn,
  arn,
  url: '',
  visibilityTimeout: 30,
  delay: 0,
  retention: 86_400,
  deadLetterArn: undefined,
  maxReceiveCount: undefined,
});
const target = (arn: string, more: Partial<TargetModel> = {}): TargetModel => ({
  id: arn,
  arn,
  input: undefined,
  inputPath: undefined,
  inputTransformer: undefined,
  deadLetterArn: undefined,
  maximumRetries: 0,
  maximumAge: 60,
  ...more,
});
const rule = (name: string, detailType: string, targets: readonly TargetModel[], busName = 'main'): RuleModel => ({
  name,
  arn: `arn:${name}`,
  busName,
  pattern: { 'detail-type': [detailType] },
  targets,
});
const event = (detailType: string): BusEvent => ({
  version: '0',
  id: 'e',
  'detail-type': detailType,
  source: 'test',
  account: '0',
  time: '2026-11-22T18:18:42Z',
  region: 'r',
  resources: [],
  detail: { n: 1 },
});
const database = openStore(':memory:');
const setUp = (rules: readonly RuleModel[]): { readonly queues: Queues; readonly bus: Bus; bodies(arn: string): readonly unknown[] } => {
  const queues = new Queues(openStore(':memory:'), [queue('one'), queue('two'), queue('dead'), queue(asyncQueueArn('function'))]);
  const bus = new Bus({ rules, queues, busNameOf: (arn) => (arn === 'arn:other' ? 'other' : undefined) });
  return { queues, bus, bodies: (arn) => queues.peek(arn).map(({ body }) => JSON.parse(body)) };
};

describe('the bus', () => {
  it('gives an event to the targets of every rule of its bus that matches', () => {
    const { bus, bodies } = setUp([
      rule('a', 'A', [target('one'), target('function')]),
      rule('b', 'B', [target('two')]),
      rule('c', 'A', [target('two')], 'elsewhere'),
    ]);
    bus.publish('main', [event('A'), event('C')]);
    expect([bodies('one').length, bodies(asyncQueueArn('function')).length, bodies('two').length]).toEqual([1, 1, 0]);
    expect(bodies('one')[0]).toEqual(event('A'));
  });

  it('passes an event on to another bus', () => {
    const { bus, bodies } = setUp([
      rule('a', 'A', [target('arn:other')]),
      rule('b', 'A', [target('one', { inputPath: '$.detail' })], 'other'),
    ]);
    bus.publish('main', [event('A')]);
    expect(bodies('one')).toEqual([{ n: 1 }]);
  });

  it("puts what has no target into the target's dead-letter queue, saying why", () => {
    const { bus, queues } = setUp([rule('a', 'A', [target('missing', { deadLetterArn: 'dead' })])]);
    bus.publish('main', [event('A')]);
    expect(queues.peek('dead')).toMatchObject([{ attributes: { ERROR_CODE: 'NO_RESOURCE', RULE_ARN: 'arn:a', TARGET_ARN: 'missing' } }]);
  });
});

describe('schedules', () => {
  it('fire a missed one once after the start, and remember it', () => {
    const { queues, bus, bodies } = setUp([]);
    let now = Date.parse('2026-11-22T00:00:30Z');
    const start = (): Schedules => {
      const schedules = new Schedules({
        schedules: [{ name: 's', arn: 'arn:s', expression: 'rate(1 minute)', timezone: 'UTC', kind: 'rule', targets: [target('one')] }],
        database,
        queues,
        bus,
        region: 'r',
        account: '0',
        now: () => now,
      });
      schedules.start();
      schedules.stop();
      return schedules;
    };
    start();
    expect(bodies('one')).toEqual([]);
    now += 10 * 60_000;
    start();
    expect(bodies('one')).toMatchObject([
      { source: 'aws.events', 'detail-type': 'Scheduled Event', resources: ['arn:s'], time: '2026-11-22T00:01:30Z' },
    ]);
    start();
    expect(bodies('one')).toHaveLength(1);
  });
});
