import {
  Duration,
  aws_events as events,
  aws_logs as logs,
  type aws_sns as sns,
  aws_lambda_event_sources as sources,
  aws_sqs as sqs,
  aws_events_targets as targets,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { busSource } from '#contracts/core/event.ts';
import { queueDays } from '#contracts/core/retention.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { DeadLetterRedriven } from '#contracts/events/platform.ts';
import { subscriptionsOf } from '../event-patterns.ts';
import type { Stage } from '../stages.ts';
import { acknowledge } from './acknowledge.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { EffectAlarm } from './effect-alarm.ts';
import type { EnvironmentSchema, ServiceFunction } from './service-function.ts';

/** Receives of a message before SQS gives up; the consumer records its dead letter on the last of them. */
export const maxReceiveCount = 5;

/** Metric, in the namespace `Leadline`, of events that a service gave up and recorded. */
export const deadLetterMetric = (stageName: string, service: string): string => `${stageName}-${service}-dead-letters`;

export interface EventConsumerProps<Schema extends EnvironmentSchema> {
  readonly stage: Stage;
  readonly service: ServiceDeclaration;
  readonly function: ServiceFunction<Schema>;
  readonly businessEffect: string;
  readonly bus: events.IEventBus;
  readonly topic: sns.ITopic;
}

/**
 * What a service hears: a rule per source, all into one queue, read in batches by the service's events function, which answers which messages failed.
 * A further rule brings back this consumer's own dead letters when they are redriven, unwrapped to the event as it first came.
 */
export class EventConsumer<Schema extends EnvironmentSchema> extends Construct {
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: EventConsumerProps<Schema>) {
    super(scope, id);
    const { stage, service, businessEffect, topic } = props;
    const name = `leadline-${stage.name}-${service.name}-events`;

    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      queueName: `${name}-dead-letters`,
      finding: `${service.name} could not handle an event in ${maxReceiveCount} attempts.`,
      businessEffect,
      topic,
    });
    const undelivered = new DeadLetterQueue(this, 'Undelivered', {
      queueName: `${name}-undelivered`,
      finding: `The bus could not deliver an event to the queue of ${service.name}.`,
      businessEffect,
      topic,
    });
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: name,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(queueDays),
      visibilityTimeout: Duration.seconds(props.function.timeout.toSeconds() * stage.redeliveryInTimeouts),
      deadLetterQueue: { queue: deadLetters.queue, maxReceiveCount },
    });

    const target = (message?: events.RuleTargetInput) =>
      new targets.SqsQueue(this.queue, {
        deadLetterQueue: undelivered.queue,
        message,
        maxEventAge: Duration.hours(24),
        retryAttempts: 185,
      });
    for (const { from, pattern } of subscriptionsOf(service)) {
      new events.Rule(this, `From-${from}`, {
        ruleName: `leadline-${stage.name}-${service.name}-from-${from}`,
        description: `What ${service.name} hears from ${from}`,
        eventBus: props.bus,
        eventPattern: pattern,
        targets: [target()],
      });
    }
    new events.Rule(this, 'Redriven', {
      ruleName: `leadline-${stage.name}-${service.name}-redriven`,
      description: `Dead letters of ${service.name}, sent again`,
      eventBus: props.bus,
      eventPattern: {
        source: DeadLetterRedriven.sources.map(busSource),
        detailType: [DeadLetterRedriven.name],
        detail: { data: { consumer: [service.name] } },
      },
      targets: [target(events.RuleTargetInput.fromEventPath('$.detail.data.event'))],
    });

    const mapping = new sources.SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true });
    props.function.lambda.addEventSource(mapping);
    acknowledge(props.function, {
      'Serverless-LambdaEventSourceMappingDestination':
        'A queue mapping has no failure destination: what fails goes back to the queue and then to its dead-letter queue.',
    });

    const givenUp = new logs.MetricFilter(this, 'GivenUp', {
      logGroup: props.function.logGroup,
      // The line that the runtime writes of each event it handled (runtime/observability.ts).
      filterPattern: logs.FilterPattern.stringValue('$.status', '=', 'dead-letter'),
      metricNamespace: 'Leadline',
      metricName: deadLetterMetric(stage.name, service.name),
    });
    new EffectAlarm(this, 'DeadLetterRecorded', {
      name: `${name}-dead-letter-recorded`,
      metric: givenUp.metric({ period: Duration.minutes(1), statistic: 'Sum' }),
      threshold: 1,
      finding: `${service.name} gave an event up; GET /v1/admin/dead-letters says which and why, and can send it again.`,
      businessEffect,
      topic,
    });
    new EffectAlarm(this, 'Late', {
      name: `${name}-late`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 300,
      periods: 5,
      finding: `Events have waited for ${service.name} for more than 5 minutes.`,
      businessEffect,
      topic,
    });
  }
}
