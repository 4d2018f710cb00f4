import {
  Duration,
  aws_iam as iam,
  aws_lambda as lambda,
  Stack,
  type StackProps,
  aws_lambda_event_sources as sources,
  Token,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { RelayEnvironment } from '#services/relay/environment.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { DeadLetterQueue } from './constructs/dead-letter-queue.ts';
import { EffectAlarm, functionMetric } from './constructs/effect-alarm.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { functionName, relayFunction } from './functions.ts';
import type { Stage } from './stages.ts';
import type { StatefulStack } from './stateful-stack.ts';

export interface RelayStackProps extends StackProps {
  readonly stage: Stage;
  readonly stateful: StatefulStack;
  readonly bundle: string;
}

/** The outbox relay: carries event items from the table's stream to the bus. It may read the stream and put events, nothing else. */
export class RelayStack extends Stack {
  constructor(scope: Construct, id: string, { stage, stateful, bundle, ...props }: RelayStackProps) {
    super(scope, id, { description: 'The outbox relay: event items from the stream to the bus', ...props });
    const { businessEffect } = relayFunction.declaration;
    const topic = stateful.alarmTopic;
    const anyStream = `table/${stateful.tableName}/stream/*`;

    const relay = new ServiceFunction<typeof RelayEnvironment>(this, relayFunction.name, {
      stage,
      function: relayFunction,
      bundle,
      environment: { SERVICE: 'relay', STAGE: stage.name, BUS_NAME: stateful.bus.eventBusName },
      statements: [
        new iam.PolicyStatement({
          sid: 'ReadStream',
          actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          resources: [stateful.streamArn],
        }),
        new iam.PolicyStatement({
          sid: 'FindStream',
          actions: ['dynamodb:ListStreams'],
          resources: [this.formatArn({ service: 'dynamodb', resource: anyStream })],
        }),
        new iam.PolicyStatement({ sid: 'PutEvents', actions: ['events:PutEvents'], resources: [stateful.bus.eventBusArn] }),
      ],
      topic,
    });
    // A finding names what only deployment knows by its pseudo parameter, and a region that is known by its name.
    const known = (value: string, parameter: string): string => (Token.isUnresolved(value) ? `<AWS::${parameter}>` : value);
    const place = `${known(this.partition, 'Partition')}:dynamodb:${known(this.region, 'Region')}:<AWS::AccountId>`;
    acknowledge(relay, {
      [`AwsSolutions-IAM5[Resource::arn:${place}:${anyStream}]`]:
        'ListStreams is asked for the streams of the table, before one of them is known; it shows no records.',
    });

    const unrelayed = new DeadLetterQueue(this, 'Unrelayed', {
      queueName: `leadline-${stage.name}-unrelayed`,
      finding: 'An event could not be put on the bus; the message says where in the stream it is (for 24 h), its item is in the table.',
      businessEffect: 'One thing that happened is not told: a lead, conversion or deal has stopped on its way.',
      topic,
    });
    relay.lambda.addEventSourceMapping('Stream', {
      eventSourceArn: stateful.streamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { kind: { S: lambda.FilterRule.isEqual('event') } } },
        }),
      ],
      batchSize: 100,
      // In order within a partition key, side by side across them.
      parallelizationFactor: 4,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 10,
      // The stream forgets after 24 h: give up before, while the record can still be read from where the message points.
      maxRecordAge: Duration.hours(20),
      onFailure: new sources.SqsDlq(unrelayed.queue),
    });

    const physicalName = functionName(stage.name, relayFunction.name);
    new EffectAlarm(this, 'Behind', {
      name: `${physicalName}-behind`,
      metric: functionMetric(physicalName, 'IteratorAge', 'Maximum', Duration.minutes(1)),
      threshold: Duration.minutes(1).toMilliseconds(),
      periods: 3,
      finding: 'The relay is more than a minute behind the table.',
      businessEffect,
      topic,
    });
  }
}
