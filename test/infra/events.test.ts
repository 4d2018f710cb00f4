import { describe, expect, it } from 'vitest';
import { mostAttempts } from '#runtime/consumer.ts';
import { maxReceiveCount } from '../../infra/constructs/event-consumer.ts';
import { functionsOf, relayFunction } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { refersTo, synthesize } from './synthesized.ts';

const { ofType } = synthesize('dev', services);
const queues = ofType('AWS::SQS::Queue');
const rules = ofType('AWS::Events::Rule');
const mappings = ofType('AWS::Lambda::EventSourceMapping');
const invokeConfigs = ofType('AWS::Lambda::EventInvokeConfig');
const alarms = ofType('AWS::CloudWatch::Alarm');
const listening = services.filter(({ functions }) => functions.events);

const isDeadLetterQueue = (queue: (typeof queues)[number]): boolean =>
  [
    ...queues.filter(({ stack }) => stack === queue.stack).map(({ properties }) => properties.RedrivePolicy),
    ...rules
      .filter(({ stack }) => stack === queue.stack)
      .flatMap(({ properties }) => properties.Targets.map((target: { DeadLetterConfig: unknown }) => target.DeadLetterConfig)),
    ...[...mappings, ...invokeConfigs].filter(({ stack }) => stack === queue.stack).map(({ properties }) => properties.DestinationConfig),
  ].some((destination) => destination && refersTo(destination, queue));

describe('queues', () => {
  it.each(queues.map((queue) => [queue.properties.QueueName, queue] as const))(
    '%s is encrypted, takes TLS alone, and is or has a dead-letter queue',
    (_, queue) => {
      expect(queue.properties.SqsManagedSseEnabled).toBe(true);
      const policy = ofType('AWS::SQS::QueuePolicy').find(
        ({ stack, properties }) => stack === queue.stack && refersTo(properties.Queues, queue),
      );
      expect(policy?.properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
      expect(queue.properties.RedrivePolicy?.maxReceiveCount ?? (isDeadLetterQueue(queue) ? 'is one' : 'has none')).toBeOneOf([
        5,
        'is one',
      ]);
    },
  );

  it('alarms on the first message in a dead-letter queue, with what people lose', () => {
    const effects = [...services.flatMap(functionsOf), relayFunction].map(({ declaration }) => declaration.businessEffect);
    const deadLetterQueues = queues.filter(isDeadLetterQueue);
    const scheduled = services.flatMap(functionsOf).filter(({ role }) => role === 'schedule');
    expect(deadLetterQueues.length).toBe(2 * listening.length + scheduled.length + 1);
    for (const queue of deadLetterQueues) {
      const alarm = alarms.find(
        ({ stack, properties }) => stack === queue.stack && properties.Dimensions && refersTo(properties.Dimensions, queue),
      );
      expect(alarm?.properties, queue.id).toMatchObject({ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 });
      const said: string = alarm?.properties.AlarmDescription;
      expect(effects.some((effect) => said.includes(effect)) || queue.properties.QueueName.endsWith('unrelayed'), said).toBe(true);
    }
  });

  it('gives up when the runtime records the dead letter: after the same number of attempts', () => {
    expect(maxReceiveCount).toBe(mostAttempts);
  });

  it('alarms on an event that a consumer gave up and recorded', () => {
    const filters = ofType('AWS::Logs::MetricFilter');
    for (const { name, functions } of listening) {
      const filter = filters.find(({ stack }) => stack === `leadline-dev-${name}`)?.properties;
      expect(filter.FilterPattern).toBe('{ $.status = "dead-letter" }');
      const [{ MetricName: metric }] = filter.MetricTransformations;
      expect(alarms.find(({ properties }) => properties.MetricName === metric)?.properties.AlarmDescription).toContain(
        functions.events?.businessEffect,
      );
    }
  });

  it('waits for six timeouts before a message comes again, so that throttling does not use up its attempts', () => {
    for (const { name, functions } of listening) {
      const queue = queues.find(({ properties }) => properties.QueueName === `leadline-dev-${name}-events`);
      expect(queue?.properties.VisibilityTimeout).toBe(6 * (functions.events?.timeout ?? 0));
    }
  });

  it('hands batches to the events function, which says which messages failed', () => {
    for (const { name } of listening) {
      const queue = queues.find(({ properties }) => properties.QueueName === `leadline-dev-${name}-events`);
      const mapping = mappings.find(
        ({ stack, properties }) => queue && stack === queue.stack && refersTo(properties.EventSourceArn, queue),
      );
      expect(mapping?.properties, name).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    }
  });
});

describe('rules', () => {
  const redriven = (service: string) => ({
    source: ['leadline.platform'],
    'detail-type': ['DeadLetterRedriven'],
    detail: { data: { consumer: [service] } },
  });

  it.each(listening.map((service) => [service.name, service] as const))(
    '%s hears exactly the events its contract consumes',
    (name, { consumes }) => {
      const heard = rules
        .filter(({ stack, properties }) => stack === `leadline-dev-${name}` && !properties.EventPattern.detail)
        .flatMap(({ properties: { EventPattern: pattern } }) =>
          pattern.source.flatMap((source: string | { prefix: string }) =>
            pattern['detail-type'].map(
              (detailType: string) => `${typeof source === 'string' ? source : `${source.prefix}*`} ${detailType}`,
            ),
          ),
        );
      const wanted = consumes.flatMap(({ name: event, sources, outside }) => [
        ...sources.map((source) => `leadline.${source} ${event}`),
        ...(outside === undefined ? [] : [`${outside}* ${event}`]),
      ]);
      expect(heard.sort()).toEqual(wanted.sort());
    },
  );

  it.each(listening.map(({ name }) => [name] as const))('%s gets its own redriven dead letters back as they first came', (name) => {
    const own = rules.filter(({ stack, properties }) => stack === `leadline-dev-${name}` && properties.EventPattern.detail);
    expect(own.map(({ properties }) => properties.EventPattern)).toEqual([redriven(name)]);
    expect(own[0]?.properties.Targets).toMatchObject([{ InputPath: '$.detail.data.event' }]);
  });

  it('sends to a queue, keeps what it cannot deliver, and stands on the custom bus', () => {
    for (const { id, properties } of rules) {
      expect(properties.EventBusName, id).toBeDefined();
      expect(properties.Targets, id).toEqual([
        expect.objectContaining({
          DeadLetterConfig: { Arn: expect.anything() },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ]);
    }
  });
});

describe('relay', () => {
  const mapping = mappings.find(({ stack }) => stack === 'leadline-dev-relay')?.properties;

  it('is given new event items and nothing else of the stream', () => {
    expect(mapping.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['event'] } } } },
    ]);
  });

  it('starts with the oldest record, isolates poison, and gives up before the stream forgets', () => {
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 10,
    });
    expect(mapping.MaximumRecordAgeInSeconds).toBeLessThan(24 * 60 * 60);
    const unrelayed = queues.find(({ properties }) => properties.QueueName === 'leadline-dev-unrelayed');
    expect(unrelayed && refersTo(mapping.DestinationConfig.OnFailure, unrelayed)).toBe(true);
  });

  it('alarms when it falls behind the table', () => {
    expect(alarms.find(({ properties }) => properties.MetricName === 'IteratorAge')?.properties).toMatchObject({ Threshold: 60_000 });
  });
});
