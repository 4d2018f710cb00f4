import { describe, expect, it } from 'vitest';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { services } from '../../infra/services.ts';
import { type Resource, refersTo, synthesize } from './synthesized.ts';

const effect = 'What is due stays undone.';
const withSweep = (service: ServiceDeclaration): ServiceDeclaration => ({
  ...service,
  functions: {
    ...service.functions,
    schedules: { nightly: { entry: 'sweep.ts', memory: 256, timeout: 60, every: 'rate(15 minutes)', businessEffect: effect } },
  },
});
const { ofType } = synthesize(
  'dev',
  services.map((service) => (service.name === 'platform' ? withSweep(service) : service)),
);

const named = (type: string, property: string, name: string): Resource => {
  const found = ofType(type).find(({ properties }) => properties[property] === name);
  if (!found) throw new Error(`there is no ${type} ${name}`);
  return found;
};
const name = 'leadline-dev-platform-nightly';
const schedule = named('AWS::Scheduler::Schedule', 'Name', name);
const lambda = named('AWS::Lambda::Function', 'FunctionName', name);
const failed = named('AWS::SQS::Queue', 'QueueName', `${name}-failed`);

describe('a scheduled function', () => {
  it('runs as often as it declares', () => {
    expect(schedule.properties).toMatchObject({ ScheduleExpression: 'rate(15 minutes)', State: 'ENABLED' });
    expect(refersTo(schedule.properties.Target.Arn, lambda)).toBe(true);
    expect(lambda.properties).toMatchObject({ MemorySize: 256, Timeout: 60 });
  });

  it('is tried three times, and leaves what failed in a queue', () => {
    const config = ofType('AWS::Lambda::EventInvokeConfig').find(({ stack }) => stack === lambda.stack);
    expect(config?.properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 });
    expect(refersTo(config?.properties.DestinationConfig.OnFailure, failed)).toBe(true);
    expect(refersTo(schedule.properties.Target.DeadLetterConfig, failed)).toBe(true);
  });

  it('says in an alarm what people lose when its runs fail', () => {
    const alarm = ofType('AWS::CloudWatch::Alarm').find(({ properties }) => properties.AlarmName === `${name}-failed-not-empty`);
    expect(alarm?.properties.AlarmDescription).toContain(effect);
  });

  it('may touch its own records, and no API key', () => {
    const policies = ofType('AWS::IAM::Policy').filter(({ id }) => id.includes('nightly'));
    const written = JSON.stringify(policies);
    expect(written).toContain('platform#*');
    expect(written).not.toContain('api-key');
  });

  it('may be invoked by its schedule and by nobody else', () => {
    const role = ofType('AWS::IAM::Role').find((candidate) => refersTo(schedule.properties.Target.RoleArn, candidate));
    const policy = ofType('AWS::IAM::Policy').find(({ properties }) => role && refersTo(properties.Roles, role));
    const statements: { Action: string | string[]; Resource: unknown }[] = policy?.properties.PolicyDocument.Statement;
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage']);
    for (const { Resource } of statements) expect(refersTo(Resource, lambda) || refersTo(Resource, failed)).toBe(true);
  });
});
