import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { oidcSettings } from '#runtime/oidc.ts';
import cdkJson from '../cdk.json' with { type: 'json' };
import { ApiStack } from './api-stack.ts';
import { functionsOf, relayFunction } from './functions.ts';
import { OperationsStack } from './operations-stack.ts';
import { RelayStack } from './relay-stack.ts';
import { apiPaths } from './routes.ts';
import { ServiceStack } from './service-stack.ts';
import { type Stage, stageNamed } from './stages.ts';
import { StatefulStack } from './stateful-stack.ts';

export interface LeadlineOptions {
  readonly services: readonly ServiceDeclaration[];
  /** Folder of the bundle of a function, by its name. */
  readonly bundleOf: (functionName: string) => string;
  /** Stage when the context (`-c stage=`) names none. */
  readonly stage?: string;
  readonly outdir?: string;
}

export interface Leadline {
  readonly app: App;
  readonly stage: Stage;
  readonly stateful: StatefulStack;
  readonly services: readonly ServiceStack[];
  readonly relay: RelayStack;
  readonly api: ApiStack;
  readonly operations: OperationsStack;
}

/**
 * The whole app of one stage, not yet synthesized.
 * @throws Error for an unknown stage, an issuer of tokens named by half, colliding paths, undeclared functions, foreign reads outside their owner's prefix.
 */
export const leadline = ({ services, bundleOf, outdir, stage: fallbackStage }: LeadlineOptions): Leadline => {
  // The feature flags of cdk.json hold without the CDK CLI too, which otherwise passes them.
  const app = new App({ context: cdkJson.context, outdir, analyticsReporting: false });
  const stage = stageNamed(app.node.tryGetContext('stage') ?? fallbackStage);
  const context = (name: string): unknown => app.node.tryGetContext(name);
  const oidc = oidcSettings(
    { issuer: context('oidcIssuer'), audience: context('oidcAudience'), jwksUrl: context('oidcJwksUrl') },
    { issuer: 'oidcIssuer', audience: 'oidcAudience', jwksUrl: 'oidcJwksUrl' },
  );
  const props = (name: string) => ({ stage, stackName: `leadline-${stage.name}-${name}`, terminationProtection: stage.keepsData });
  const id = (name: string) => `leadline-${stage.name}-${name}`;

  const stateful = new StatefulStack(app, id('stateful'), props('stateful'));
  const serviceStacks = services.map(
    (service) => new ServiceStack(app, id(service.name), { ...props(service.name), stateful, service, bundleOf, oidc }),
  );
  const relay = new RelayStack(app, id('relay'), { ...props('relay'), stateful, bundle: bundleOf(relayFunction.name) });

  const functionNamed = (name: string) => {
    const found = serviceStacks.map(({ functions }) => functions.get(name)).find((one) => one !== undefined);
    if (!found) throw new Error(`No service declares a function ${name}.`);
    return found.lambda;
  };
  const api = new ApiStack(app, id('api'), {
    ...props('api'),
    paths: apiPaths(services),
    functionNamed,
    fallback: functionNamed('platform-http'),
    topic: stateful.alarmTopic,
  });
  const operations = new OperationsStack(app, id('operations'), {
    ...props('operations'),
    api: api.api,
    functions: [...services.flatMap(functionsOf), relayFunction],
  });

  Tags.of(app).add('application', 'leadline');
  Tags.of(app).add('stage', stage.name);
  if (stage.deployed) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return { app, stage, stateful, services: serviceStacks, relay, api, operations };
};
