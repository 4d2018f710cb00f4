import { Duration, aws_iam as iam, aws_lambda as lambda, aws_logs as logs, RemovalPolicy, type aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type * as z from 'zod/mini';
import type { AppFunction } from '../functions.ts';
import { functionName } from '../functions.ts';
import type { Stage } from '../stages.ts';
import { acknowledge } from './acknowledge.ts';
import { EffectAlarm, functionMetric } from './effect-alarm.ts';

/** The schema a function parses its environment with. */
export type EnvironmentSchema = z.ZodMiniType<unknown, Readonly<Record<string, string | undefined>>>;

export interface ServiceFunctionProps<Schema extends EnvironmentSchema> {
  readonly stage: Stage;
  readonly function: AppFunction;
  /** Folder of the bundle, with `index.mjs`. */
  readonly bundle: string;
  /** What the function's own schema asks for: a variable that is missing here does not compile. */
  readonly environment: z.input<Schema>;
  readonly statements: readonly iam.PolicyStatement[];
  readonly topic: sns.ITopic;
}

/** A Lambda function as Leadline has them: Node.js 24 on arm64, its own role and log group, traced, with alarms that say the business effect. */
export class ServiceFunction<Schema extends EnvironmentSchema> extends Construct {
  readonly lambda: lambda.Function;
  readonly timeout: Duration;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps<Schema>) {
    super(scope, id);
    const {
      stage,
      function: { name, service, declaration },
    } = props;
    const physicalName = functionName(stage.name, name);
    this.timeout = Duration.seconds(declaration.timeout);

    this.logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${physicalName}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'Logs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      }),
    );
    for (const statement of props.statements) role.addToPolicy(statement);

    this.lambda = new lambda.Function(this, 'Function', {
      functionName: physicalName,
      description: declaration.businessEffect,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(props.bundle),
      handler: 'index.handler',
      memorySize: declaration.memory,
      timeout: this.timeout,
      tracing: lambda.Tracing.ACTIVE,
      logGroup: this.logGroup,
      role,
      environment: {
        ...definedOnly(props.environment),
        POWERTOOLS_SERVICE_NAME: service,
        POWERTOOLS_METRICS_NAMESPACE: 'Leadline',
      },
    });

    this.#alarm(props, 'Errors', 1, 'crashed or timed out.');
    this.#alarm(props, 'Throttles', 1, 'was throttled.');
    this.#alarm(props, 'Duration', declaration.timeout * 1000 * 0.8, `came close to its timeout of ${declaration.timeout} s.`);

    const tracing =
      'X-Ray takes segments for no resource in particular: PutTraceSegments and PutTelemetryRecords know no other resource than *.';
    acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': tracing });
    const withoutQueue =
      props.function.role === 'schedule'
        ? 'Failed invocations go to an on-failure destination, which tells more of each than a dead-letter queue does.'
        : 'Never invoked asynchronously: API Gateway waits for the answer, queue and stream mappings have failure destinations of their own.';
    acknowledge(this.lambda, { 'Serverless-LambdaDLQ': withoutQueue });
  }

  #alarm(props: ServiceFunctionProps<Schema>, metricName: string, threshold: number, finding: string): void {
    const { name, declaration } = props.function;
    const physicalName = functionName(props.stage.name, name);
    new EffectAlarm(this, metricName, {
      name: `${physicalName}-${metricName.toLowerCase()}`,
      metric: functionMetric(physicalName, metricName, metricName === 'Duration' ? 'Maximum' : 'Sum', Duration.minutes(5)),
      threshold,
      finding: `${name} ${finding}`,
      businessEffect: declaration.businessEffect,
      topic: props.topic,
    });
  }
}

const definedOnly = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
