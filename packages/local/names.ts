import type { Stack } from './assembly.ts';
import { type AttributeOf, Resolver } from './intrinsics.ts';
import { at, type Json, text } from './json.ts';

/** CDK ends logical ids with eight hexadecimal digits of a hash. */
const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '') || logicalId;

const nameProperty: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::ApiGatewayV2::Stage': 'StageName',
};

/** Where the local API and AWS endpoints will be; only attributes such as `ApiEndpoint` and queue URLs carry them. */
export interface Place {
  readonly region: string;
  readonly account: string;
  readonly apiUrl: string;
}

/** A resolver that gives resources the names and ARNs they would have, so that ARNs link the parts of the model. */
export const resolverFor = (stacks: readonly Stack[], place: Place): Resolver => {
  const { region, account } = place;
  const resolver: Resolver = new Resolver(stacks, place, (...question) => attributeOf(...question));

  const attributeOf: AttributeOf = (stack, logicalId, resource, attribute) => {
    const property = (name: string): Json | undefined => resolver.resolve(stack, at(resource, 'Properties', name));
    const type = text(resource.Type) ?? '';
    const own = text(property(nameProperty[type] ?? 'Name'));
    // As CloudFormation does, less its random ending; two stacks may use one logical id.
    const name = own ?? `${stack.name}-${withoutHash(logicalId)}`;
    const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
    const nameOrArn = (found: string): string | undefined => (attribute === undefined ? name : attribute === 'Arn' ? found : undefined);
    switch (type) {
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable':
        return attribute === 'StreamArn' ? arn('dynamodb', `table/${name}/stream/local`) : nameOrArn(arn('dynamodb', `table/${name}`));
      case 'AWS::Lambda::Function':
        return nameOrArn(arn('lambda', `function:${name}`));
      case 'AWS::SQS::Queue':
        if (attribute === undefined || attribute === 'QueueUrl') return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
        return attribute === 'QueueName' ? name : nameOrArn(arn('sqs', name));
      case 'AWS::Events::EventBus':
        return attribute === 'Name' ? name : nameOrArn(arn('events', `event-bus/${name}`));
      case 'AWS::Events::Rule': {
        const bus = text(property('EventBusName'));
        return nameOrArn(arn('events', bus === undefined || bus === 'default' ? `rule/${name}` : `rule/${bus.split('/').at(-1)}/${name}`));
      }
      case 'AWS::Scheduler::Schedule':
        return nameOrArn(arn('scheduler', `schedule/${text(property('GroupName')) ?? 'default'}/${name}`));
      case 'AWS::SecretsManager::Secret':
        // Six characters of AWS's own end the ARN; a name alone must not match it.
        return attribute === undefined || attribute === 'Id' ? arn('secretsmanager', `secret:${name}-local0`) : undefined;
      case 'AWS::IAM::Role':
        return nameOrArn(`arn:aws:iam::${account}:role/${name}`);
      case 'AWS::IAM::ManagedPolicy':
        return attribute === undefined || attribute === 'PolicyArn' ? `arn:aws:iam::${account}:policy/${name}` : undefined;
      case 'AWS::Logs::LogGroup':
        return nameOrArn(arn('logs', `log-group:${name}:*`));
      case 'AWS::SNS::Topic':
        return attribute === undefined || attribute === 'TopicArn' ? arn('sns', name) : name;
      case 'AWS::SSM::Parameter':
        return attribute === undefined ? name : text(property('Value'));
      case 'AWS::ApiGatewayV2::Api':
        if (attribute === 'ApiEndpoint') return place.apiUrl;
        return attribute === undefined || attribute === 'ApiId' ? withoutHash(logicalId).toLowerCase() : undefined;
      case 'AWS::ApiGatewayV2::Stage':
        return attribute === undefined ? name : undefined;
      default:
        return attribute === undefined ? (own ?? logicalId) : undefined;
    }
  };
  return resolver;
};
