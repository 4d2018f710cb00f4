import { App, CrossStackReferences, ReferenceStrength, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { oidcSettings } from '#runtime/oidc.ts';
import cdkJson from '../cdk.json' with { type: 'json' };
import { ApiStack } from './api-stack.ts';
import { FirewallStack, firewallRegion } from './firewall-stack.ts';
import { type CustomDomain, FrontStack } from './front-stack.ts';
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
  /** What stands before the API, in stages that have it. */
  readonly front: readonly [FirewallStack, FrontStack] | readonly [];
}

/**
 * The whole app of one stage, not yet synthesized.
 * @throws Error for an unknown stage, an issuer of tokens named by half, colliding paths, undeclared functions, foreign reads outside their owner's prefix.
 */
export const leadline = ({ services, bundleOf, outdir, stage: fallbackStage }: LeadlineOptions): Leadline => {
  // The feature flags of cdk.json hold without the CDK CLI too, which otherwise passes them.
  const app = new App({ context: cdkJson.context, outdir, analyticsReporting: false });
  const stage = stageNamed(app.node.tryGetContext('stage') ?? fallbackStage);
  // Stacks of two regions refer to one another, for which each must know where it is. The CDK's command line says which region is meant.
  const region = stage.front && textOf(app, 'region', process.env.CDK_DEFAULT_REGION ?? 'eu-central-1');
  const context = (name: string): unknown => app.node.tryGetContext(name);
  const oidc = oidcSettings(
    { issuer: context('oidcIssuer'), audience: context('oidcAudience'), jwksUrl: context('oidcJwksUrl') },
    { issuer: 'oidcIssuer', audience: 'oidcAudience', jwksUrl: 'oidcJwksUrl' },
  );
  const props = (name: string) => ({
    stage,
    stackName: `leadline-${stage.name}-${name}`,
    terminationProtection: stage.keepsData,
    ...(region && { env: { region } }),
  });
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

  const frontOf = (): Leadline['front'] => {
    if (!stage.front || !stateful.frontSecret) return [];
    const { stage: _stage, ...shared } = props('firewall');
    const firewall = new FirewallStack(app, id('firewall'), {
      ...shared,
      env: { region: firewallRegion },
      stageName: stage.name,
      front: stage.front,
      botControl: [true, 'true'].includes(app.node.tryGetContext('botControl')),
    });
    CrossStackReferences.of(firewall.webAcl).produce(ReferenceStrength.WEAK);
    const { stage: _also, ...own } = props('front');
    return [
      firewall,
      new FrontStack(app, id('front'), {
        ...own,
        stageName: stage.name,
        api: api.api,
        webAclArn: firewall.webAcl.attrArn,
        secret: stateful.frontSecret,
        secretVersion: textOf(app, 'frontSecretVersion'),
        domain: domainOf(app),
      }),
    ];
  };
  const front = frontOf();
  Tags.of(app).add('application', 'leadline');
  Tags.of(app).add('stage', stage.name);
  if (stage.deployed) Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return { app, stage, stateful, services: serviceStacks, relay, api, operations, front };
};

/** A text of the context, `-c <name>=<text>`. */
function textOf(app: App, name: string): string | undefined;
function textOf(app: App, name: string, otherwise: string): string;
function textOf(app: App, name: string, otherwise?: string): string | undefined {
  const given: unknown = app.node.tryGetContext(name);
  return typeof given === 'string' && given !== '' ? given : otherwise;
}

/** @throws Error for a domain without a certificate, and the other way round. */
const domainOf = (app: App): CustomDomain | undefined => {
  const domainName = textOf(app, 'domainName');
  const certificateArn = textOf(app, 'certificateArn');
  if (domainName !== undefined && certificateArn !== undefined) return { domainName, certificateArn };
  if (domainName !== certificateArn)
    throw new Error('A domain of its own takes both: -c domainName=<name> -c certificateArn=<ARN in us-east-1>.');
  return undefined;
};
