import { type aws_apigatewayv2 as apigateway, aws_cloudwatch as cloudwatch, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { functionMetric } from './constructs/effect-alarm.ts';
import { deadLetterMetric } from './constructs/event-consumer.ts';
import { failedRunsQueue } from './constructs/function-schedule.ts';
import { type AppFunction, functionName, relayFunction } from './functions.ts';
import type { Stage } from './stages.ts';

export interface OperationsStackProps extends StackProps {
  readonly stage: Stage;
  readonly api: apigateway.IHttpApi;
  readonly functions: readonly AppFunction[];
}

const period = Duration.minutes(1);

/** One dashboard, from the door inward: requests, functions, what waits, what failed, the table. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { stage, api, functions, ...props }: OperationsStackProps) {
    super(scope, id, { description: 'The dashboard', ...props });
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, left, right, width: 8, height: 6 });
    const perFunction = (metricName: string, statistic: string) =>
      functions.map(({ name }) => functionMetric(functionName(stage.name, name), metricName, statistic, period).with({ label: name }));
    const queue = (name: string, metricName: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/SQS',
        metricName,
        dimensionsMap: { QueueName: name },
        statistic: 'Maximum',
        period,
        label: name,
      });
    const table = (metricName: string, operation?: string) =>
      new cloudwatch.Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: `leadline-${stage.name}`, ...(operation ? { Operation: operation } : {}) },
        statistic: 'Sum',
        period,
        label: operation ?? metricName,
      });

    const listening = functions.filter(({ role }) => role === 'events');
    const queues = listening.map(({ name }) => `leadline-${stage.name}-${name}`);
    const deadLetterQueues = [
      ...queues.flatMap((name) => [`${name}-dead-letters`, `${name}-undelivered`]),
      ...functions.filter(({ role }) => role === 'schedule').map(({ name }) => failedRunsQueue(stage.name, name)),
      `leadline-${stage.name}-unrelayed`,
    ];

    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `leadline-${stage.name}`,
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          graph('Requests', [api.metricCount({ period })]),
          graph('Refused and failed', [api.metricClientError({ period })], [api.metricServerError({ period })]),
          graph('Latency', [api.metricLatency({ period, statistic: 'p50' }), api.metricLatency({ period, statistic: 'p99' })]),
        ],
        [
          graph('Invocations', perFunction('Invocations', 'Sum')),
          graph('Errors and throttles', perFunction('Errors', 'Sum'), perFunction('Throttles', 'Sum')),
          graph('Duration p99', perFunction('Duration', 'p99')),
        ],
        [
          graph('Relay behind the table (ms)', [
            functionMetric(functionName(stage.name, relayFunction.name), 'IteratorAge', 'Maximum', period),
          ]),
          graph(
            'Events waiting (age, s)',
            queues.map((name) => queue(name, 'ApproximateAgeOfOldestMessage')),
          ),
          graph(
            'Dead letters',
            deadLetterQueues.map((name) => queue(name, 'ApproximateNumberOfMessagesVisible')),
            listening.map(
              ({ service }) =>
                new cloudwatch.Metric({
                  namespace: 'Leadline',
                  metricName: deadLetterMetric(stage.name, service),
                  statistic: 'Sum',
                  period,
                }),
            ),
          ),
        ],
        [
          graph('Table capacity', [table('ConsumedWriteCapacityUnits'), table('ConsumedReadCapacityUnits')]),
          graph('Table throttles', [table('ReadThrottleEvents'), table('WriteThrottleEvents')]),
          graph('Table conflicts and errors', [table('TransactionConflict'), table('SystemErrors', 'TransactWriteItems')]),
        ],
      ],
    });
  }
}
