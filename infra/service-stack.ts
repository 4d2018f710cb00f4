import { aws_iam as iam, Stack, type StackProps, type aws_secretsmanager as secrets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import type { FunctionEnvironment } from '#runtime/environment.ts';
import type { OidcSettings } from '#runtime/oidc.ts';
import { EventConsumer } from './constructs/event-consumer.ts';
import { FunctionSchedule } from './constructs/function-schedule.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { tableStatements } from './constructs/table-access.ts';
import { type AppFunction, functionsOf } from './functions.ts';
import type { Stage } from './stages.ts';
import type { StatefulStack } from './stateful-stack.ts';

export interface ServiceStackProps extends StackProps {
  readonly stage: Stage;
  readonly stateful: StatefulStack;
  readonly service: ServiceDeclaration;
  /** Folder of the bundle of a function. */
  readonly bundleOf: (functionName: string) => string;
  /** Whose access tokens its functions take beside API keys. */
  readonly oidc: OidcSettings | undefined;
}

/** One service: its functions with what they may do, and the queue it hears the others through. */
export class ServiceStack extends Stack {
  /** By name, `intake-http`. */
  readonly functions: ReadonlyMap<string, ServiceFunction<typeof FunctionEnvironment>>;

  constructor(scope: Construct, id: string, { stage, stateful, service, bundleOf, oidc, ...props }: ServiceStackProps) {
    super(scope, id, { description: service.purpose, ...props });

    this.functions = new Map(
      functionsOf(service).map((appFunction) => [
        appFunction.name,
        new ServiceFunction<typeof FunctionEnvironment>(this, appFunction.name, {
          stage,
          function: appFunction,
          bundle: bundleOf(appFunction.name),
          environment: {
            SERVICE: service.name,
            STAGE: stage.name,
            TABLE_NAME: stateful.table.tableName,
            SIGNING_SECRET_ARN: stateful.signingSecret.secretArn,
            FRONT_SECRET_ARN: answersHttp(appFunction) ? stateful.frontSecret?.secretArn : undefined,
            ...(answersHttp(appFunction) ? { OIDC_ISSUER: oidc?.issuer, OIDC_AUDIENCE: oidc?.audience, OIDC_JWKS_URL: oidc?.jwksUrl } : {}),
          },
          statements: statementsOf(service, appFunction, stateful),
          topic: stateful.alarmTopic,
        }),
      ]),
    );

    const listener = this.functions.get(`${service.name}-events`);
    if (listener && service.functions.events) {
      new EventConsumer(this, 'Events', {
        stage,
        service,
        function: listener,
        businessEffect: service.functions.events.businessEffect,
        bus: stateful.bus,
        topic: stateful.alarmTopic,
      });
    } else if (service.consumes.length > 0) {
      throw new Error(`${service.name} consumes events but declares no events function.`);
    }

    for (const [name, { every, businessEffect }] of Object.entries(service.functions.schedules ?? {})) {
      const scheduled = this.functions.get(`${service.name}-${name}`);
      if (!scheduled) throw new Error(`${service.name} has no function ${name} to run ${every}.`);
      new FunctionSchedule(this, `Every-${name}`, {
        stage,
        name: `${service.name}-${name}`,
        function: scheduled,
        every,
        businessEffect,
        topic: stateful.alarmTopic,
      });
    }
  }
}

const answersHttp = ({ role }: AppFunction): boolean => role === 'http' || role === 'other';

const readingOf = (sid: string, { secretArn }: secrets.ISecret): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid, actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] });

const statementsOf = (service: ServiceDeclaration, appFunction: AppFunction, stateful: StatefulStack): readonly iam.PolicyStatement[] => [
  ...(appFunction.declaration.table === false
    ? []
    : [
        ...tableStatements(service, stateful.tableArns, { answersHttp: answersHttp(appFunction) }),
        readingOf('SigningSecret', stateful.signingSecret),
      ]),
  ...(stateful.frontSecret && answersHttp(appFunction) ? [readingOf('FrontSecret', stateful.frontSecret)] : []),
];
