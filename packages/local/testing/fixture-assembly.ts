import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../json.ts';

/** A cloud assembly of tests, as CDK would have written it. */
export interface FixtureAssembly {
  readonly directory: string;
  remove(): void;
}

/**
 * Writes an assembly: resources by stack and logical id, and the code of functions by the `S3Key` (`<name>.zip`) that their `Code` gives,
 * without its ending.
 */
export const writeAssembly = (
  stacks: Readonly<Record<string, { readonly Resources: JsonObject } & JsonObject>>,
  code: Readonly<Record<string, string>> = {},
): FixtureAssembly => {
  const directory = mkdtempSync(join(tmpdir(), 'leadline-assembly-'));
  const artifacts: Record<string, Json> = {};
  for (const [name, template] of Object.entries(stacks)) {
    const files = Object.fromEntries(
      Object.keys(code).map((asset) => [
        asset,
        { source: { path: `asset.${asset}`, packaging: 'zip' }, destinations: { current: { objectKey: `${asset}.zip` } } },
      ]),
    );
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
    writeFileSync(join(directory, `${name}.assets.json`), JSON.stringify({ version: '1', files }));
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.template.json` } };
    artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
  }
  for (const [asset, source] of Object.entries(code)) {
    mkdirSync(join(directory, `asset.${asset}`));
    writeFileSync(join(directory, `asset.${asset}`, 'index.mjs'), source);
  }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts }));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
};

/** A function of the template that runs `<code>/index.mjs` and may do anything. */
export const functionResources = (id: string, code: string, properties: JsonObject = {}): JsonObject => ({
  [`${id}Role`]: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {},
      Policies: [{ PolicyName: 'all', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }],
    },
  },
  [id]: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: id,
      Code: { S3Bucket: 'assets', S3Key: `${code}.zip` },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
      Timeout: 5,
      MemorySize: 128,
      ...properties,
    },
  },
});

/** An HTTP API whose routes go to functions, by route key. */
export const apiResources = (routes: Readonly<Record<string, string>>): JsonObject => {
  const resources: Record<string, Json> = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'test', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
  };
  for (const [index, [key, functionId]] of Object.entries(routes).entries()) {
    resources[`Integration${index}`] = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [functionId, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    };
    resources[`Route${index}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target: { 'Fn::Join': ['/', ['integrations', { Ref: `Integration${index}` }]] } },
    };
  }
  return resources;
};
