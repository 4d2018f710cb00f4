import {
  aws_apigatewayv2 as apigateway,
  CfnOutput,
  Duration,
  aws_apigatewayv2_integrations as integrations,
  type aws_lambda as lambda,
  aws_logs as logs,
  RemovalPolicy,
  aws_apigateway as restApi,
  Stack,
  type StackProps,
  type aws_sns as sns,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge } from './constructs/acknowledge.ts';
import { EffectAlarm } from './constructs/effect-alarm.ts';
import type { ApiPath } from './routes.ts';
import type { Stage } from './stages.ts';

export interface ApiStackProps extends StackProps {
  readonly stage: Stage;
  readonly paths: readonly ApiPath[];
  /** Answers what no path of the contract matches, in our shape. */
  readonly fallback: lambda.IFunction;
  readonly functionNamed: (name: string) => lambda.IFunction;
  readonly topic: sns.ITopic;
}

// No path, no address, no user agent: ids and people stay out of access logs. `routeKey` says the path as the contract writes it.
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  latency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
  responseLength: '$context.responseLength',
  error: '$context.error.responseType',
};

/** The HTTP API: each path of the contract to the function that owns it, whatever the method, so that 404 and 405 have our shape too. */
export class ApiStack extends Stack {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, { stage, paths, fallback, functionNamed, topic, ...props }: ApiStackProps) {
    super(scope, id, { description: 'The HTTP API, its routes derived from the contract', ...props });

    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: `leadline-${stage.name}`,
      description: 'Leadline',
      createDefaultStage: false,
    });
    acknowledge(this.api, {
      'AwsSolutions-APIG4':
        'The functions check the API key themselves, default deny, from the scopes of the contract: only they can answer 401 and 403 in our shape.',
    });

    // One integration per function, and so one permission for all its routes: a function's policy holds 20 KB.
    const byFunction = new Map<lambda.IFunction, integrations.HttpLambdaIntegration>();
    const integrationFor = (target: lambda.IFunction): integrations.HttpLambdaIntegration => {
      const integration =
        byFunction.get(target) ??
        new integrations.HttpLambdaIntegration(`${target.node.scope?.node.id}`, target, {
          payloadFormatVersion: apigateway.PayloadFormatVersion.VERSION_2_0,
          scopePermissionToRoute: false,
        });
      byFunction.set(target, integration);
      return integration;
    };
    for (const { path, functionName } of paths) {
      this.api.addRoutes({ path, methods: [apigateway.HttpMethod.ANY], integration: integrationFor(functionNamed(functionName)) });
    }
    new apigateway.HttpRoute(this.api, 'Fallback', {
      httpApi: this.api,
      routeKey: apigateway.HttpRouteKey.DEFAULT,
      integration: integrationFor(fallback),
    });

    const accessLogs = new logs.LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/vendedlogs/leadline-${stage.name}-api`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const apiStage = new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: stage.throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLogs),
        format: restApi.AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    // The functions answer 500 themselves, which their own error metric does not count.
    new EffectAlarm(this, 'Failing', {
      name: `leadline-${stage.name}-api-failing`,
      metric: this.api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 1,
      finding: 'Requests were answered 5xx.',
      businessEffect: 'Callers are refused through no fault of theirs; a form that does not try again has lost a lead.',
      topic,
    });
    // With something in front, this address refuses everybody.
    if (!stage.front) new CfnOutput(this, 'Url', { value: apiStage.url });
  }
}
