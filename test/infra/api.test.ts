import { describe, expect, it } from 'vitest';
import { service } from '#contracts/core/service.ts';
import { apiPaths } from '../../infra/routes.ts';
import { services } from '../../infra/services.ts';
import { type Resource, refersTo, synthesize } from './synthesized.ts';

const { ofType } = synthesize('dev', services);
const functions = ofType('AWS::Lambda::Function');
const routes = ofType('AWS::ApiGatewayV2::Route');

const functionBehind = (route: Resource | undefined): string | undefined => {
  const integration = ofType('AWS::ApiGatewayV2::Integration').find((candidate) => route && refersTo(route.properties.Target, candidate));
  const uri = integration?.properties.IntegrationUri;
  return functions.find((candidate) => uri && JSON.stringify(uri).includes(`${candidate.stack}:`) && refersTo(uri, candidate))?.properties
    .FunctionName;
};

const paths = services.flatMap((owner) =>
  Object.values(owner.routes).map(({ path, servedBy }) => [path, `leadline-dev-${owner.name}-${servedBy ?? 'http'}`] as const),
);

describe('API', () => {
  it.each([...new Map(paths)])('%s goes to %s, whatever the method', (path, functionName) => {
    const matching = routes.filter(({ properties }) => properties.RouteKey === `ANY ${path}`);
    expect(matching).toHaveLength(1);
    expect(functionBehind(matching[0])).toBe(functionName);
  });

  it('has no route that the contract does not know, but the one for all else, which platform answers', () => {
    const known = new Set(paths.map(([path]) => `ANY ${path}`));
    const others = routes.filter(({ properties }) => !known.has(properties.RouteKey));
    expect(others.map(({ properties }) => properties.RouteKey)).toEqual(['$default']);
    expect(functionBehind(others[0])).toBe('leadline-dev-platform-http');
  });

  it('hands requests over in payload format 2.0', () => {
    for (const { properties } of ofType('AWS::ApiGatewayV2::Integration')) {
      expect(properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    }
  });

  it('has one permission for each function it calls, however many routes, so that no policy outgrows its limit', () => {
    const permissions = ofType('AWS::Lambda::Permission');
    expect(permissions).toHaveLength(new Set(routes.map(functionBehind)).size);
    for (const { properties } of permissions) {
      expect(properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' });
      expect(JSON.stringify(properties.SourceArn)).toMatch(/\/\*\/\*"/);
    }
  });

  it('throttles, and leaves CORS to the functions', () => {
    const [stage] = ofType('AWS::ApiGatewayV2::Stage');
    expect(stage?.properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingBurstLimit: 1000, ThrottlingRateLimit: 500 },
    });
    expect(ofType('AWS::ApiGatewayV2::Api')[0]?.properties.CorsConfiguration).toBeUndefined();
  });

  it('alarms when it answers 5xx, which functions do without erring', () => {
    const alarm = ofType('AWS::CloudWatch::Alarm').find(({ properties }) => properties.MetricName === '5xx');
    expect(alarm?.properties).toMatchObject({ Threshold: 1, AlarmDescription: expect.stringContaining('lost a lead') });
  });

  it('logs each access as JSON with its request id and without a caller’s address, agent or path', () => {
    const format = JSON.parse(ofType('AWS::ApiGatewayV2::Stage')[0]?.properties.AccessLogSettings.Format);
    expect(format.requestId).toBe('$context.requestId');
    expect(JSON.stringify(format)).not.toMatch(/sourceIp|userAgent|context\.path|authorizer/);
  });
});

describe('paths', () => {
  const functions = { http: { entry: 'api.ts', memory: 128, timeout: 5, businessEffect: 'None.' } };
  const answering = (name: 'intake' | 'deals', path: string, servedBy?: string) =>
    service({
      name,
      purpose: 'A test',
      routes: {
        operation: { method: 'GET', path, access: 'public', summary: 'A test', answer: { status: 200 }, ...(servedBy ? { servedBy } : {}) },
      },
      consumes: [],
      emits: [],
      reads: [],
      functions,
    });

  it('refuses a path that two services claim', () => {
    expect(() => apiPaths([answering('intake', '/v1/things/{id}'), answering('deals', '/v1/things/{id}')])).toThrow(/collides/);
  });

  it('refuses paths that differ in the names of parameters alone', () => {
    expect(() => apiPaths([answering('intake', '/v1/things/{id}'), answering('intake', '/v1/things/{thingId}')])).toThrow(/collides/);
  });

  it('refuses a route served by a function that is not declared', () => {
    expect(() => apiPaths([answering('intake', '/v1/things', 'printer')])).toThrow(/intake-printer/);
  });
});
