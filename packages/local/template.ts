import { resolve } from 'node:path';
import type { Stack } from './assembly.ts';
import type { GenerateSecretString, SecretDefinition } from './aws/types.ts';
import { emulatedProperties, hasNoLocalEffect, silentTypes } from './emulation.ts';
import { at, boolean, type Json, type JsonObject, list, number, object, parseJson, text, texts } from './json.ts';
import type {
  BusModel,
  FunctionModel,
  HttpApiModel,
  LocalApp,
  QueueMappingModel,
  QueueModel,
  RouteModel,
  RuleModel,
  ScheduleModel,
  StreamMappingModel,
  TableModel,
  TargetModel,
} from './model.ts';
import { type Place, resolverFor } from './names.ts';
import { statementsOf } from './policies.ts';

interface Resource {
  readonly stack: Stack;
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly attribute: (name?: string) => string;
}

const defined = (entries: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

const tableOf = (resource: Resource): TableModel => {
  const { properties } = resource;
  const stream = object(properties.StreamSpecification);
  const viewType = text(stream.StreamViewType);
  const ttl = object(properties.TimeToLiveSpecification);
  const index = (declared: Json): JsonObject =>
    defined({ IndexName: at(declared, 'IndexName'), KeySchema: at(declared, 'KeySchema'), Projection: at(declared, 'Projection') });
  const indexes = (name: string): Json | undefined => (list(properties[name]).length === 0 ? undefined : list(properties[name]).map(index));
  const name = resource.attribute();
  return {
    name,
    arn: resource.attribute('Arn'),
    streamArn: viewType === undefined ? undefined : resource.attribute('StreamArn'),
    // Capacity is not emulated, so every table is on demand.
    create: defined({
      TableName: name,
      KeySchema: properties.KeySchema,
      AttributeDefinitions: properties.AttributeDefinitions,
      GlobalSecondaryIndexes: indexes('GlobalSecondaryIndexes'),
      LocalSecondaryIndexes: indexes('LocalSecondaryIndexes'),
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: viewType === undefined ? undefined : { StreamEnabled: true, StreamViewType: viewType },
    }),
    ttlAttribute: boolean(ttl.Enabled) === true ? text(ttl.AttributeName) : undefined,
  };
};

const queueOf = ({ properties, attribute }: Resource): QueueModel => {
  const redrive = typeof properties.RedrivePolicy === 'string' ? parseJson(properties.RedrivePolicy) : properties.RedrivePolicy;
  return {
    name: attribute('QueueName'),
    arn: attribute('Arn'),
    url: attribute(),
    visibilityTimeout: number(properties.VisibilityTimeout) ?? 30,
    delay: number(properties.DelaySeconds) ?? 0,
    retention: number(properties.MessageRetentionPeriod) ?? 345_600,
    deadLetterArn: text(at(redrive, 'deadLetterTargetArn')),
    maxReceiveCount: number(at(redrive, 'maxReceiveCount')),
  };
};

const targetOf = (target: Json, index: number): TargetModel => {
  const transformer = at(target, 'InputTransformer');
  return {
    id: text(at(target, 'Id')) ?? `Target${index}`,
    arn: text(at(target, 'Arn')) ?? '',
    input: text(at(target, 'Input')),
    inputPath: text(at(target, 'InputPath')),
    inputTransformer:
      transformer === undefined
        ? undefined
        : {
            paths: Object.fromEntries(
              Object.entries(object(at(transformer, 'InputPathsMap'))).map(([name, path]) => [name, text(path) ?? '']),
            ),
            template: text(at(transformer, 'InputTemplate')) ?? '',
          },
    deadLetterArn: text(at(target, 'DeadLetterConfig', 'Arn')),
    maximumRetries: number(at(target, 'RetryPolicy', 'MaximumRetryAttempts')) ?? 185,
    maximumAge: number(at(target, 'RetryPolicy', 'MaximumEventAgeInSeconds')) ?? 86_400,
  };
};

const knownTargetProperties = new Set([
  'Id',
  'Arn',
  'Input',
  'InputPath',
  'InputTransformer',
  'DeadLetterConfig',
  'RetryPolicy',
  'RoleArn',
]);

const generateOf = (value: Json | undefined): GenerateSecretString | undefined => {
  if (value === undefined) return undefined;
  const flag = (name: keyof GenerateSecretString): object =>
    boolean(at(value, name)) === undefined ? {} : { [name]: boolean(at(value, name)) };
  const word = (name: keyof GenerateSecretString): object => (text(at(value, name)) === undefined ? {} : { [name]: text(at(value, name)) });
  const length = number(at(value, 'PasswordLength'));
  return {
    ...flag('ExcludeLowercase'),
    ...flag('ExcludeNumbers'),
    ...flag('ExcludePunctuation'),
    ...flag('ExcludeUppercase'),
    ...flag('IncludeSpace'),
    ...flag('RequireEachIncludedType'),
    ...word('ExcludeCharacters'),
    ...word('GenerateStringKey'),
    ...word('SecretStringTemplate'),
    ...(length === undefined ? {} : { PasswordLength: length }),
  };
};

const secretOf = ({ properties, attribute, id, stack }: Resource): SecretDefinition => {
  const description = text(properties.Description);
  const value = text(properties.SecretString);
  const generate = generateOf(properties.GenerateSecretString);
  return {
    arn: attribute(),
    name: text(properties.Name) ?? `${stack.name}-${id}`,
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { value }),
    ...(generate === undefined ? {} : { generate }),
  };
};

/** Reads the templates of all stacks into what the local runtime runs. */
export const readApp = (stacks: readonly Stack[], place: Place): LocalApp => {
  const resolver = resolverFor(stacks, place);
  const warnings: string[] = [];
  const withoutEffect = new Map<string, number>();
  const resources = new Map<string, Resource[]>();

  for (const stack of stacks) {
    for (const [id, resource] of Object.entries(object(stack.template.Resources))) {
      const type = text(at(resource, 'Type')) ?? '';
      const condition = text(at(resource, 'Condition'));
      if (condition !== undefined && !resolver.condition(stack, condition)) continue;
      if (hasNoLocalEffect(type)) {
        withoutEffect.set(type, (withoutEffect.get(type) ?? 0) + 1);
        continue;
      }
      if (silentTypes.has(type)) continue;
      const known = emulatedProperties[type];
      if (known === undefined) {
        warnings.push(`${type} ${stack.name}/${id} is not emulated`);
        continue;
      }
      const properties = object(resolver.resolve(stack, at(resource, 'Properties')));
      for (const name of Object.keys(properties)) {
        if (!known.includes(name)) warnings.push(`property ${name} of ${type} ${stack.name}/${id} is not emulated`);
      }
      const attribute = (name?: string): string =>
        text(resolver.resolve(stack, name === undefined ? { Ref: id } : { 'Fn::GetAtt': [id, name] })) ?? '';
      resources.set(type, [...(resources.get(type) ?? []), { stack, id, type, properties, attribute }]);
    }
  }
  const all = (...types: readonly string[]): readonly Resource[] => types.flatMap((type) => resources.get(type) ?? []);

  const statementsOfRole = (roleArn: string): FunctionModel['statements'] => {
    const role = all('AWS::IAM::Role').find((candidate) => candidate.attribute('Arn') === roleArn);
    if (role === undefined) return [];
    const roleName = role.attribute();
    const managed = new Set(texts(role.properties.ManagedPolicyArns));
    return [
      ...list(role.properties.Policies).flatMap((policy) => statementsOf(at(policy, 'PolicyDocument'))),
      ...all('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
        .filter((policy) => texts(policy.properties.Roles).includes(roleName) || managed.has(policy.attribute()))
        .flatMap((policy) => statementsOf(policy.properties.PolicyDocument)),
    ];
  };

  const functions = all('AWS::Lambda::Function').flatMap((resource): readonly FunctionModel[] => {
    const { properties, stack, id } = resource;
    const name = resource.attribute();
    const asset = stack.assets.get(text(at(properties.Code, 'S3Key')) ?? '');
    const runtime = text(properties.Runtime) ?? '';
    if (asset === undefined || !runtime.startsWith('nodejs')) {
      warnings.push(
        `AWS::Lambda::Function ${stack.name}/${id} is not emulated: ${asset === undefined ? 'its code is not an asset of the assembly' : `runtime ${runtime}`}`,
      );
      return [];
    }
    const invokeConfig = all('AWS::Lambda::EventInvokeConfig').find((config) => text(config.properties.FunctionName) === name)?.properties;
    return [
      {
        name,
        arn: resource.attribute('Arn'),
        codeDirectory: resolve(asset),
        handler: text(properties.Handler) ?? 'index.handler',
        environment: Object.fromEntries(
          Object.entries(object(at(properties.Environment, 'Variables'))).map(([key, value]) => [key, text(value) ?? '']),
        ),
        timeout: number(properties.Timeout) ?? 3,
        memory: number(properties.MemorySize) ?? 128,
        reservedConcurrency: number(properties.ReservedConcurrentExecutions),
        statements: statementsOfRole(text(properties.Role) ?? ''),
        onFailureArn:
          text(at(invokeConfig, 'DestinationConfig', 'OnFailure', 'Destination')) ?? text(at(properties.DeadLetterConfig, 'TargetArn')),
        asyncRetries: number(at(invokeConfig, 'MaximumRetryAttempts')) ?? 2,
      },
    ];
  });
  const functionArn = (nameOrArn: string): string =>
    functions.find((candidate) => candidate.name === nameOrArn || candidate.arn === nameOrArn || nameOrArn.startsWith(`${candidate.arn}:`))
      ?.arn ?? nameOrArn;

  const tables = all('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(tableOf);
  const queues = all('AWS::SQS::Queue').map(queueOf);
  const queueMappings: QueueMappingModel[] = [];
  const streamMappings: StreamMappingModel[] = [];
  for (const { properties, stack, id } of all('AWS::Lambda::EventSourceMapping')) {
    if (boolean(properties.Enabled) === false) continue;
    const sourceArn = text(properties.EventSourceArn) ?? '';
    const mapping = {
      id: `${stack.name}/${id}`,
      functionArn: functionArn(text(properties.FunctionName) ?? ''),
      sourceArn,
      batchWindow: number(properties.MaximumBatchingWindowInSeconds) ?? 0,
      partialFailures: texts(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'),
      filters: list(at(properties.FilterCriteria, 'Filters')).flatMap((filter) => {
        const pattern = text(at(filter, 'Pattern'));
        return pattern === undefined ? [] : [parseJson(pattern)];
      }),
    };
    const table = tables.find((candidate) => candidate.streamArn === sourceArn);
    if (table !== undefined) {
      streamMappings.push({
        ...mapping,
        tableName: table.name,
        batchSize: number(properties.BatchSize) ?? 100,
        startingPosition: text(properties.StartingPosition) ?? 'LATEST',
        bisect: boolean(properties.BisectBatchOnFunctionError) ?? false,
        maximumRetries: number(properties.MaximumRetryAttempts) ?? -1,
        maximumAge: number(properties.MaximumRecordAgeInSeconds) ?? -1,
        onFailureArn: text(at(properties.DestinationConfig, 'OnFailure', 'Destination')),
      });
    } else if (queues.some((queue) => queue.arn === sourceArn)) {
      queueMappings.push({
        ...mapping,
        batchSize: number(properties.BatchSize) ?? 10,
        maximumConcurrency: number(at(properties.ScalingConfig, 'MaximumConcurrency')),
      });
    } else
      warnings.push(
        `AWS::Lambda::EventSourceMapping ${stack.name}/${id} is not emulated: its source ${sourceArn} is none of the assembly's queues and streams`,
      );
  }

  const buses: readonly BusModel[] = [
    { name: 'default', arn: `arn:aws:events:${place.region}:${place.account}:event-bus/default` },
    ...all('AWS::Events::EventBus').map((bus) => ({ name: bus.attribute(), arn: bus.attribute('Arn') })),
  ];
  const targetable = new Set([...functions.map(({ arn }) => arn), ...queues.map(({ arn }) => arn), ...buses.map(({ arn }) => arn)]);
  const targetsOf = (resource: Resource, declared: readonly Json[]): readonly TargetModel[] =>
    declared.flatMap((target, index) => {
      for (const name of Object.keys(object(target))) {
        if (!knownTargetProperties.has(name))
          warnings.push(`property ${name} of a target of ${resource.type} ${resource.stack.name}/${resource.id} is not emulated`);
      }
      const read = targetOf(target, index);
      const arn = functionArn(read.arn);
      if (targetable.has(arn)) return [{ ...read, arn }];
      warnings.push(`a target of ${resource.type} ${resource.stack.name}/${resource.id} is not emulated: ${read.arn}`);
      return [];
    });

  const rules: RuleModel[] = [];
  const schedules: ScheduleModel[] = [];
  for (const rule of all('AWS::Events::Rule')) {
    if (text(rule.properties.State) === 'DISABLED') continue;
    const name = rule.attribute();
    const arn = rule.attribute('Arn');
    const targets = targetsOf(rule, list(rule.properties.Targets));
    const pattern = rule.properties.EventPattern;
    const expression = text(rule.properties.ScheduleExpression);
    if (pattern !== undefined) {
      const busName = (text(rule.properties.EventBusName) ?? 'default').split('/').at(-1) ?? 'default';
      rules.push({ name, arn, busName, pattern: typeof pattern === 'string' ? parseJson(pattern) : pattern, targets });
    }
    if (expression !== undefined) schedules.push({ name, arn, expression, timezone: 'UTC', targets, kind: 'rule' });
  }
  for (const schedule of all('AWS::Scheduler::Schedule')) {
    if (text(schedule.properties.State) === 'DISABLED') continue;
    schedules.push({
      name: schedule.attribute(),
      arn: schedule.attribute('Arn'),
      expression: text(schedule.properties.ScheduleExpression) ?? '',
      timezone: text(schedule.properties.ScheduleExpressionTimezone) ?? 'UTC',
      targets: targetsOf(schedule, list(schedule.properties.Target)),
      kind: 'schedule',
    });
  }

  const apis = all('AWS::ApiGatewayV2::Api').map((api): HttpApiModel => {
    const id = api.attribute();
    const stage = all('AWS::ApiGatewayV2::Stage').find(({ properties }) => text(properties.ApiId) === id);
    const integrations = new Map(all('AWS::ApiGatewayV2::Integration').map((integration) => [integration.attribute(), integration]));
    const routes = all('AWS::ApiGatewayV2::Route')
      .filter(({ properties }) => text(properties.ApiId) === id)
      .flatMap((route): readonly RouteModel[] => {
        const key = text(route.properties.RouteKey) ?? '$default';
        const integration = integrations.get((text(route.properties.Target) ?? '').replace('integrations/', ''));
        const uri = text(integration?.properties.IntegrationUri) ?? '';
        const target = functions.find((candidate) => uri === candidate.arn || uri.includes(`${candidate.arn}/invocations`));
        if (target === undefined || text(integration?.properties.PayloadFormatVersion) !== '2.0') {
          warnings.push(`AWS::ApiGatewayV2::Route ${key} is not emulated: only Lambda integrations of payload format 2.0 are`);
          return [];
        }
        const authorization = text(route.properties.AuthorizationType);
        if (authorization !== undefined && authorization !== 'NONE')
          warnings.push(`property AuthorizationType of AWS::ApiGatewayV2::Route ${key} is not emulated`);
        return [{ key, functionArn: target.arn, timeout: number(integration?.properties.TimeoutInMillis) ?? 30_000 }];
      });
    const limits = object(stage?.properties.DefaultRouteSettings);
    const rate = number(limits.ThrottlingRateLimit);
    return {
      id,
      stage: text(stage?.properties.StageName) ?? '$default',
      routes,
      throttle: rate === undefined ? undefined : { rate, burst: number(limits.ThrottlingBurstLimit) ?? rate },
    };
  });

  return {
    region: place.region,
    account: place.account,
    tables,
    functions,
    queues,
    queueMappings,
    streamMappings,
    buses,
    rules,
    schedules,
    apis,
    secrets: all('AWS::SecretsManager::Secret').map(secretOf),
    withoutEffect,
    warnings: [...new Set(warnings)],
  };
};
