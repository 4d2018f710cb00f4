import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { frontHeaders } from '#runtime/front.ts';
import { functionsOf } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { synthesize } from './synthesized.ts';

const prod = synthesize('prod', services);
const only = (type: string) => {
  const [found, ...others] = prod.ofType(type);
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} of ${type}`);
  return found.properties;
};
const distribution = only('AWS::CloudFront::Distribution').DistributionConfig;
const firewall = only('AWS::WAFv2::WebACL');

afterEach(() => {
  delete process.env.CDK_CONTEXT_JSON;
});

describe('CloudFront', () => {
  it('stands before the API in prod and nowhere else', () => {
    for (const stage of ['dev', 'local']) {
      const { ofType, front } = synthesize(stage, services);
      expect([front, ofType('AWS::CloudFront::Distribution'), ofType('AWS::WAFv2::WebACL')]).toEqual([[], [], []]);
      expect(JSON.stringify(ofType('AWS::Lambda::Function'))).not.toContain('FRONT_SECRET');
    }
  });

  it('asks the HTTP API over TLS alone, with the secret as a reference that only a deployment resolves', () => {
    const [origin, ...others] = distribution.Origins;
    expect(others).toEqual([]);
    expect(JSON.stringify(origin.DomainName)).toMatch(/execute-api\.eu-central-1/);
    expect(origin.CustomOriginConfig).toEqual({ OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] });
    expect(origin.OriginCustomHeaders).toHaveLength(1);
    expect(origin.OriginCustomHeaders[0].HeaderName).toBe(frontHeaders.secret);
    expect(JSON.stringify(origin.OriginCustomHeaders[0].HeaderValue)).toMatch(/\{\{resolve:secretsmanager:.*:SecretString:::\}\}/);
  });

  it('caches nothing and passes on everything but the host', () => {
    for (const behavior of [distribution.DefaultCacheBehavior, ...distribution.CacheBehaviors])
      expect(behavior).toMatchObject({
        // Managed-CachingDisabled and Managed-AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        AllowedMethods: expect.arrayContaining(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE']),
        FunctionAssociations: [{ EventType: 'viewer-request' }],
      });
  });

  it('takes no key in the clear, and leads people who open a page without TLS to it', () => {
    expect(distribution.DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
    expect(distribution.CacheBehaviors).toMatchObject([{ PathPattern: '/v1/*', ViewerProtocolPolicy: 'https-only' }]);
  });

  it('says the address and the host of the caller, over what the caller may have said itself', () => {
    const code = only('AWS::CloudFront::Function').FunctionCode;
    const event = {
      viewer: { ip: '2001:db8::9' },
      request: { headers: { host: { value: 'api.leadline.example' }, [frontHeaders.viewer]: { value: '10.0.0.1' } } },
    };
    const { headers } = runInNewContext(`${code}; handler(event)`, { event });
    expect(headers[frontHeaders.viewer].value).toBe('2001:db8::9');
    expect(headers[frontHeaders.host].value).toBe('api.leadline.example');
  });

  it('has a domain of its own with TLS 1.2 when it is given one', () => {
    process.env.CDK_CONTEXT_JSON = JSON.stringify({
      domainName: 'api.leadline.example',
      certificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/c',
    });
    const [found] = synthesize('prod', services).ofType('AWS::CloudFront::Distribution');
    expect(found?.properties.DistributionConfig).toMatchObject({
      Aliases: ['api.leadline.example'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    process.env.CDK_CONTEXT_JSON = JSON.stringify({ domainName: 'api.leadline.example' });
    expect(() => synthesize('prod', services)).toThrow(/certificateArn/);
  });
});

describe('the secret of the front', () => {
  it('is generated, so that nobody knows it', () => {
    const secret = prod.ofType('AWS::SecretsManager::Secret').find(({ properties }) => properties.Name === 'leadline-prod-front');
    expect(secret?.properties.GenerateSecretString).toMatchObject({ PasswordLength: 64 });
    expect(secret?.properties.SecretString).toBeUndefined();
  });

  it('is asked for, and may be read, by every function that answers HTTP, and by no other', () => {
    const answering = services
      .flatMap(functionsOf)
      .filter(({ role }) => role === 'http' || role === 'other')
      .map(({ name }) => `leadline-prod-${name}`);
    const asking = prod.ofType('AWS::Lambda::Function').filter(({ properties }) => properties.Environment.Variables.FRONT_SECRET_ARN);
    expect(asking.map(({ properties }) => properties.FunctionName).sort()).toEqual(answering.sort());
    const reading = prod.ofType('AWS::IAM::Policy').filter(({ properties }) => JSON.stringify(properties).includes('FrontSecret'));
    expect(reading).toHaveLength(answering.length);
  });
});

describe('the firewall', () => {
  it('is where CloudFront wants it, deployed first, and refers to no value that a template would hold', () => {
    const [acl] = prod.ofType('AWS::WAFv2::WebACL');
    expect({ stack: acl?.stack, scope: firewall.Scope }).toEqual({ stack: 'leadline-prod-firewall', scope: 'CLOUDFRONT' });
    expect(distribution.WebACLId).toMatchObject({ 'Fn::GetStackOutput': { StackName: 'leadline-prod-firewall', Region: 'us-east-1' } });
    const assembly = prod.app.synth();
    expect(assembly.getStackByName('leadline-prod-firewall').environment.region).toBe('us-east-1');
    expect(assembly.getStackByName('leadline-prod-front').dependencies.map(({ id }) => id)).toContain('leadline-prod-firewall');
  });

  const rules = (acl: typeof firewall): string[] =>
    acl.Rules.map(({ Statement, Name }: typeof firewall) => Statement.ManagedRuleGroupStatement?.Name ?? Name);

  it("refuses a flood from one address with our 429, and what AWS's lists of addresses and inputs name", () => {
    expect(rules(firewall)).toEqual([
      'FloodOfOneAddress',
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
    expect(firewall.Rules[0]).toMatchObject({
      Statement: { RateBasedStatement: { AggregateKeyType: 'IP', Limit: 6000, EvaluationWindowSec: 60 } },
      Action: { Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders: [{ Name: 'retry-after', Value: '60' }] } } },
    });
    expect(JSON.parse(firewall.CustomResponseBodies['too-many-requests'].Content)).toMatchObject({ type: '/problems/too-many-requests' });
  });

  it('lets the contract be larger than AWS supposes: bodies over 8 KB, messages with links and markup', () => {
    const common = firewall.Rules.at(-1).Statement.ManagedRuleGroupStatement;
    const counted = common.RuleActionOverrides.filter(({ ActionToUse }: typeof firewall) => 'Count' in ActionToUse).map(
      ({ Name }: typeof firewall) => Name,
    );
    expect(counted).toEqual(expect.arrayContaining(['SizeRestrictions_BODY', 'CrossSiteScripting_BODY', 'GenericRFI_BODY']));
  });

  it('keeps no sample of requests, which hold keys and addresses', () => {
    expect(JSON.stringify(firewall)).not.toContain('"SampledRequestsEnabled":true');
  });

  it('controls bots when it is told to', () => {
    process.env.CDK_CONTEXT_JSON = JSON.stringify({ botControl: 'true' });
    const [acl] = synthesize('prod', services).ofType('AWS::WAFv2::WebACL');
    expect(rules(acl?.properties)).toContain('AWSManagedRulesBotControlRuleSet');
  });
});
