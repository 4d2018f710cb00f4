import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { FunctionEnvironment } from '#runtime/environment.ts';
import { RelayEnvironment } from '#services/relay/environment.ts';
import type { ServiceFunctionProps } from '../../infra/constructs/service-function.ts';
import { functionsOf, relayFunction } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { refersTo, synthesize } from './synthesized.ts';

const { ofType } = synthesize('dev', services);
const functions = ofType('AWS::Lambda::Function');
const declared = [...services.flatMap(functionsOf), relayFunction];

describe('functions', () => {
  it('deploys each declared function once, and nothing else', () => {
    expect(functions.map(({ properties }) => properties.FunctionName).sort()).toEqual(
      declared.map(({ name }) => `leadline-dev-${name}`).sort(),
    );
  });

  it.each(functions.map((one) => [one.properties.FunctionName, one] as const))(
    '%s runs on Node.js 24 on arm64, traced',
    (_, { properties }) => {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
    },
  );

  it.each(declared.map((one) => [one.name, one] as const))('%s has the memory and timeout that it declares', (name, { declaration }) => {
    const { properties } = functions.find(({ properties }) => properties.FunctionName === `leadline-dev-${name}`) ?? { properties: {} };
    expect(properties).toMatchObject({ MemorySize: declaration.memory, Timeout: declaration.timeout });
  });

  it('logs to groups of its own that forget', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    for (const { properties } of functions) {
      const group = groups.find((candidate) => refersTo(properties.LoggingConfig, candidate));
      expect(group?.properties, properties.FunctionName).toMatchObject({
        LogGroupName: `/aws/lambda/${properties.FunctionName}`,
        RetentionInDays: 14,
      });
    }
    for (const { id, properties } of groups) expect(properties.RetentionInDays, id).toBeGreaterThan(0);
  });

  it('has a role for each function, shared by none', () => {
    expect(new Set(functions.map(({ stack, properties }) => `${stack} ${JSON.stringify(properties.Role)}`)).size).toBe(functions.length);
  });

  it('gives each function all that its environment schema asks for', () => {
    for (const { properties } of functions) {
      const isRelay = properties.FunctionName === 'leadline-dev-relay';
      const schema: z.ZodMiniType = isRelay ? RelayEnvironment : FunctionEnvironment;
      // What only deployment knows stands in the template as a reference.
      const values = Object.fromEntries(
        Object.entries(properties.Environment.Variables).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : 'known-when-deployed',
        ]),
      );
      expect(schema.safeParse(values).error, properties.FunctionName).toBeUndefined();
    }
  });

  it('does not compile when a variable is missing', () => {
    // @ts-expect-error SIGNING_SECRET_ARN is missing
    const environment: ServiceFunctionProps<typeof FunctionEnvironment>['environment'] = {
      SERVICE: 'intake',
      STAGE: 'dev',
      TABLE_NAME: 'leadline-dev',
    };
    expect(FunctionEnvironment.safeParse(environment).success).toBe(false);
  });

  it('says in an alarm what people lose when a function errs, is throttled or nears its timeout', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm');
    for (const { name, declaration } of declared) {
      for (const metric of ['Errors', 'Throttles', 'Duration']) {
        const alarm = alarms.find(
          ({ properties }) =>
            properties.MetricName === metric &&
            properties.Dimensions?.some(({ Value }: { Value: unknown }) => Value === `leadline-dev-${name}`),
        );
        expect(alarm?.properties.AlarmDescription, `${name} ${metric}`).toContain(declaration.businessEffect);
      }
    }
  });

  it('tells people about every alarm', () => {
    for (const { id, properties } of ofType('AWS::CloudWatch::Alarm')) expect(properties.AlarmActions, id).toHaveLength(1);
  });
});
