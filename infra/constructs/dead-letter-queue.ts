import { Duration, type aws_sns as sns, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { deadLetterQueueDays } from '#contracts/core/retention.ts';
import { acknowledge } from './acknowledge.ts';
import { EffectAlarm } from './effect-alarm.ts';

export interface DeadLetterQueueProps {
  readonly queueName: string;
  /** What a message here means, in one sentence. */
  readonly finding: string;
  readonly businessEffect: string;
  readonly topic: sns.ITopic;
}

/** The end of the line: keeps what could not be handled for 14 days (SQS's longest) and alarms on the first message. */
export class DeadLetterQueue extends Construct {
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new sqs.Queue(this, 'Queue', {
      queueName: props.queueName,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(deadLetterQueueDays),
    });
    const isLast = 'It is a dead-letter queue itself; its alarm is what comes after it.';
    acknowledge(this.queue, { 'AwsSolutions-SQS3': isLast, 'Serverless-SQSRedrivePolicy': isLast });
    new EffectAlarm(this, 'NotEmpty', {
      name: `${props.queueName}-not-empty`,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 1,
      finding: props.finding,
      businessEffect: props.businessEffect,
      topic: props.topic,
    });
  }
}
