import { afterEach, describe, expect, it } from 'vitest';
import { AssemblyError, readAssembly } from './assembly.ts';
import { TemplateError } from './intrinsics.ts';
import type { JsonObject } from './json.ts';
import type { LocalApp } from './model.ts';
import { readApp } from './template.ts';
import { apiResources, type FixtureAssembly, functionResources, writeAssembly } from './testing/fixture-assembly.ts';

let assembly: FixtureAssembly | undefined;
afterEach(() => assembly?.remove());

const place = { region: 'eu-central-1', account: '000000000000', apiUrl: 'http://localhost:3000' };
const read = (stacks: Parameters<typeof writeAssembly>[0], code: Readonly<Record<string, string>> = { f: '' }): LocalApp => {
  assembly = writeAssembly(stacks, code);
  return readApp(readAssembly(assembly.directory), place);
};
/** What an environment variable of a function becomes. */
const resolved = (value: JsonObject, template: JsonObject = {}, resources: JsonObject = {}): string | undefined => {
  const app = read({
    one: { ...template, Resources: { ...resources, ...functionResources('f', 'f', { Environment: { Variables: { VALUE: value } } }) } },
  });
  return app.functions[0]?.environment.VALUE;
};

describe('intrinsic functions', () => {
  const queue = { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } } };

  it.each<[string, JsonObject, string]>([
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-central-1'],
    ['Ref to a queue is its URL', { Ref: 'Queue' }, 'https://sqs.eu-central-1.amazonaws.com/000000000000/work'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:work'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Queue.QueueName' }, 'work'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, 'a-000000000000'],
    [
      'Fn::Sub with names, attributes and literals',
      { 'Fn::Sub': ['${x}/${Queue.QueueName}/${!y}', { x: { Ref: 'AWS::Partition' } }] },
      'aws/work/${y}',
    ],
    ['Fn::Select of Fn::Split', { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] }, 'work'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'mapped'],
    ['Fn::If of a condition that holds', { 'Fn::If': ['Here', 'yes', 'no'] }, 'yes'],
    ['Fn::If of one that does not', { 'Fn::If': ['There', 'yes', 'no'] }, 'no'],
    ['a parameter has its default', { Ref: 'P' }, 'given'],
    ['an SSM parameter of the assembly has its value', { Ref: 'S' }, 'kept'],
  ])('%s', (_title, value, expected) => {
    const template = {
      Mappings: { M: { 'eu-central-1': { k: 'mapped' } } },
      Conditions: { Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }, There: { 'Fn::Not': [{ Condition: 'Here' }] } },
      Parameters: { P: { Type: 'String', Default: 'given' }, S: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a/b' } },
    };
    const parameter = { Kept: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/a/b', Value: 'kept', Type: 'String' } } };
    expect(resolved(value, template, { ...queue, ...parameter })).toBe(expected);
  });

  it('finds what another stack exports', () => {
    const app = read({
      producer: {
        Resources: queue,
        Outputs: { Out: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: 'producer:QueueArn' } } },
      },
      consumer: {
        Resources: functionResources('f', 'f', { Environment: { Variables: { VALUE: { 'Fn::ImportValue': 'producer:QueueArn' } } } }),
      },
    });
    expect(app.functions[0]?.environment.VALUE).toBe('arn:aws:sqs:eu-central-1:000000000000:work');
  });

  it('refuses a reference to nothing', () => {
    expect(() => resolved({ Ref: 'Missing' })).toThrow(TemplateError);
    expect(() => resolved({ 'Fn::ImportValue': 'nobody' })).toThrow(TemplateError);
  });
});

describe('the model of an app', () => {
  it('gives a function the statements of its role, inline and attached', () => {
    const app = read({
      one: {
        Resources: {
          ...functionResources('f', 'f'),
          Policy: {
            Type: 'AWS::IAM::Policy',
            Properties: {
              Roles: [{ Ref: 'fRole' }],
              PolicyName: 'p',
              PolicyDocument: {
                Statement: [
                  { Effect: 'Deny', Action: ['a:B', 'a:C'], Resource: '*', Condition: { Null: { 'dynamodb:LeadingKeys': 'false' } } },
                ],
              },
            },
          },
        },
      },
    });
    expect(app.functions[0]?.statements).toEqual([
      { Effect: 'Allow', Action: ['*'], Resource: ['*'] },
      { Effect: 'Deny', Action: ['a:B', 'a:C'], Resource: ['*'], Condition: { Null: { 'dynamodb:LeadingKeys': ['false'] } } },
    ]);
  });

  it('leaves out resources whose condition does not hold', () => {
    const app = read({
      one: {
        Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
        Resources: { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Never', Properties: {} } },
      },
    });
    expect(app.queues).toEqual([]);
  });

  it('links routes with functions through their integrations', () => {
    const app = read({ one: { Resources: { ...functionResources('f', 'f'), ...apiResources({ 'ANY /a/{b}': 'f', $default: 'f' }) } } });
    expect(app.apis[0]?.routes.map(({ key, functionArn }) => [key, functionArn])).toEqual([
      ['ANY /a/{b}', app.functions[0]?.arn],
      ['$default', app.functions[0]?.arn],
    ]);
  });

  it('names what it cannot emulate: resources, properties, targets', () => {
    const app = read({
      one: {
        Resources: {
          ...functionResources('f', 'f', { FileSystemConfigs: [{}] }),
          Bucket: { Type: 'AWS::S3::Bucket' },
          Alarm: { Type: 'AWS::CloudWatch::Alarm' },
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: { EventPattern: { source: ['a'] }, Targets: [{ Id: 't', Arn: 'arn:aws:sns:::x', EcsParameters: {} }] },
          },
        },
      },
    });
    expect(app.warnings).toEqual([
      'property FileSystemConfigs of AWS::Lambda::Function one/f is not emulated',
      'AWS::S3::Bucket one/Bucket is not emulated',
      'property EcsParameters of a target of AWS::Events::Rule one/Rule is not emulated',
      'a target of AWS::Events::Rule one/Rule is not emulated: arn:aws:sns:::x',
    ]);
    expect([...app.withoutEffect]).toEqual([['AWS::CloudWatch::Alarm', 1]]);
  });

  it('says which file of an assembly is missing', () => {
    expect(() => readAssembly('/nowhere')).toThrow(AssemblyError);
  });
});
