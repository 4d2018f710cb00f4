import {
  Duration,
  aws_lambda_destinations as destinations,
  aws_iam as iam,
  Stack,
  aws_scheduler as scheduler,
  type aws_sns as sns,
} from 'aws-cdk-lib';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Rate } from '#contracts/core/service.ts';
import type { Stage } from '../stages.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EnvironmentSchema, ServiceFunction } from './service-function.ts';

/** Queue of the runs of a scheduled function that failed for good. */
export const failedRunsQueue = (stageName: string, functionName: string): string => `leadline-${stageName}-${functionName}-failed`;

export interface FunctionScheduleProps<Schema extends EnvironmentSchema> {
  readonly stage: Stage;
  /** `deals-sweep`. */
  readonly name: string;
  readonly function: ServiceFunction<Schema>;
  readonly every: Rate;
  readonly businessEffect: string;
  readonly topic: sns.ITopic;
}

/**
 * Runs a function by the clock. Lambda tries a run three times; one that could not be delivered, or failed each time, lies in a queue with an alarm. A run
 * that comes late has nothing more to do than the next one, so that none is delivered after an hour.
 */
export class FunctionSchedule<Schema extends EnvironmentSchema> extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps<Schema>) {
    super(scope, id);
    const { lambda } = props.function;
    const { queue: failed } = new DeadLetterQueue(this, 'Failed', {
      queueName: failedRunsQueue(props.stage.name, props.name),
      finding: `A run of ${props.name} failed in three attempts or was not delivered.`,
      businessEffect: props.businessEffect,
      topic: props.topic,
    });
    lambda.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      onFailure: new destinations.SqsDestination(failed),
    });
    // A role of our own: the one that the target would make may also invoke every version of the function.
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }));
    role.addToPolicy(new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failed.queueArn] }));
    const target = new LambdaInvoke(lambda, {
      role: role.withoutPolicyUpdates(),
      deadLetterQueue: failed,
      maxEventAge: Duration.hours(1),
      retryAttempts: 10,
      input: scheduler.ScheduleTargetInput.fromObject({}),
    });
    new scheduler.Schedule(this, 'Schedule', {
      scheduleName: `leadline-${props.stage.name}-${props.name}`,
      description: `Runs ${props.name}`,
      schedule: scheduler.ScheduleExpression.expression(props.every),
      target,
    });
  }
}
