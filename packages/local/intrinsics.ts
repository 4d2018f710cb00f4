import type { Stack } from './assembly.ts';
import { at, isObject, type Json, type JsonObject, list, number, object, text } from './json.ts';

/** Gives what `Ref` (attribute undefined) and `Fn::GetAtt` of a resource are; undefined for an attribute it does not know. */
export type AttributeOf = (stack: Stack, logicalId: string, resource: JsonObject, attribute: string | undefined) => string | undefined;

/** A template refers to what is not there. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const functionNames = new Set([
  'Ref',
  'Condition',
  'Fn::GetAtt',
  'Fn::Join',
  'Fn::Sub',
  'Fn::Select',
  'Fn::Split',
  'Fn::If',
  'Fn::ImportValue',
  'Fn::FindInMap',
  'Fn::Base64',
  'Fn::GetAZs',
  'Fn::And',
  'Fn::Or',
  'Fn::Not',
  'Fn::Equals',
  'Fn::Length',
  'Fn::ToJsonString',
  'Fn::Cidr',
  'Fn::Transform',
  'Fn::ForEach',
]);

/** Resolves CloudFormation's intrinsic functions over all stacks of an assembly (exports are common to them). */
export class Resolver {
  readonly #stacks: readonly Stack[];
  readonly #attributeOf: AttributeOf;
  readonly #region: string;
  readonly #account: string;

  constructor(stacks: readonly Stack[], place: { readonly region: string; readonly account: string }, attributeOf: AttributeOf) {
    this.#stacks = stacks;
    this.#attributeOf = attributeOf;
    this.#region = place.region;
    this.#account = place.account;
  }

  /** The value with every intrinsic function replaced; `Ref: AWS::NoValue` takes its property or entry away. */
  resolve(stack: Stack, value: Json | undefined): Json | undefined {
    if (value === undefined || value === null || typeof value !== 'object') return value;
    if (!isObject(value)) return list(value).flatMap((entry) => this.resolve(stack, entry) ?? []);
    const [name, ...others] = Object.keys(value);
    if (name !== undefined && others.length === 0 && functionNames.has(name)) {
      // `Condition` is a function only with a condition's name; in a policy statement it is a property.
      if (name !== 'Condition' || typeof value[name] === 'string') return this.#call(stack, name, value[name]);
    }
    const resolved: Record<string, Json> = {};
    for (const [key, entry] of Object.entries(value)) {
      const found = this.resolve(stack, entry);
      if (found !== undefined) resolved[key] = found;
    }
    return resolved;
  }

  /** Whether a named condition of the stack holds. */
  condition(stack: Stack, name: string): boolean {
    const declared = at(stack.template, 'Conditions', name);
    if (declared === undefined) throw new TemplateError(`${stack.name}: there is no condition ${name}`);
    return this.resolve(stack, declared) === true;
  }

  #call(stack: Stack, name: string, argument: Json | undefined): Json | undefined {
    const arg = (position: number): Json | undefined => this.resolve(stack, at(argument, position));
    switch (name) {
      case 'Ref':
        return this.#ref(stack, text(argument) ?? '');
      case 'Condition':
        return this.condition(stack, text(argument) ?? '');
      case 'Fn::GetAtt': {
        const [logicalId = '', ...attribute] =
          typeof argument === 'string' ? argument.split('.') : list(this.resolve(stack, argument)).map(String);
        return this.#attribute(stack, logicalId, attribute.join('.'));
      }
      case 'Fn::Join':
        return list(arg(1))
          .map((part) => text(part) ?? '')
          .join(text(arg(0)) ?? '');
      case 'Fn::Sub':
        return this.#sub(stack, argument);
      case 'Fn::Select':
        return list(arg(1))[number(arg(0)) ?? 0];
      case 'Fn::Split':
        return (text(arg(1)) ?? '').split(text(arg(0)) ?? ',');
      case 'Fn::If':
        return this.condition(stack, text(at(argument, 0)) ?? '') ? arg(1) : arg(2);
      case 'Fn::ImportValue':
        return this.#export(text(this.resolve(stack, argument)) ?? '');
      case 'Fn::FindInMap':
        return at(stack.template, 'Mappings', text(arg(0)) ?? '', text(arg(1)) ?? '', text(arg(2)) ?? '') ?? at(arg(3), 'DefaultValue');
      case 'Fn::Base64':
        return Buffer.from(text(this.resolve(stack, argument)) ?? '').toString('base64');
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => this.#region + zone);
      case 'Fn::And':
        return list(argument).every((entry) => this.resolve(stack, entry) === true);
      case 'Fn::Or':
        return list(argument).some((entry) => this.resolve(stack, entry) === true);
      case 'Fn::Not':
        return arg(0) !== true;
      case 'Fn::Equals':
        return text(arg(0)) === text(arg(1));
      case 'Fn::Length':
        return list(this.resolve(stack, argument)).length;
      case 'Fn::ToJsonString':
        return JSON.stringify(this.resolve(stack, argument));
      default:
        throw new TemplateError(`${stack.name}: ${name} is not supported by the local runtime`);
    }
  }

  #ref(stack: Stack, name: string): Json | undefined {
    switch (name) {
      case 'AWS::NoValue':
        return undefined;
      case 'AWS::Region':
        return this.#region;
      case 'AWS::AccountId':
        return this.#account;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${this.#region}:${this.#account}:stack/${stack.name}/local`;
      case 'AWS::NotificationARNs':
        return [];
    }
    const parameter = at(stack.template, 'Parameters', name);
    if (parameter !== undefined) return this.#parameter(parameter);
    return this.#attribute(stack, name, undefined);
  }

  /** A parameter has its default; one that names an SSM parameter has that parameter's value where the assembly holds it. */
  #parameter(parameter: Json): Json | undefined {
    const value = at(parameter, 'Default');
    const type = text(at(parameter, 'Type')) ?? 'String';
    if (type.startsWith('AWS::SSM::Parameter::Value')) {
      for (const stack of this.#stacks) {
        for (const resource of Object.values(object(stack.template.Resources))) {
          if (at(resource, 'Type') === 'AWS::SSM::Parameter' && this.resolve(stack, at(resource, 'Properties', 'Name')) === value) {
            return this.resolve(stack, at(resource, 'Properties', 'Value'));
          }
        }
      }
    }
    return type === 'CommaDelimitedList' && typeof value === 'string' ? value.split(',') : value;
  }

  #attribute(stack: Stack, logicalId: string, attribute: string | undefined): string {
    const resource = at(stack.template, 'Resources', logicalId);
    if (!isObject(resource)) throw new TemplateError(`${stack.name}: there is no resource ${logicalId}`);
    const known = this.#attributeOf(stack, logicalId, resource, attribute);
    if (known !== undefined) return known;
    if (attribute === undefined) return logicalId;
    const service = (text(resource.Type) ?? '').split('::')[1]?.toLowerCase() ?? 'local';
    return attribute.endsWith('Arn') ? `arn:aws:${service}:${this.#region}:${this.#account}:${logicalId}` : `${logicalId}.${attribute}`;
  }

  #sub(stack: Stack, argument: Json | undefined): string {
    const template = typeof argument === 'string' ? argument : (text(at(argument, 0)) ?? '');
    const variables = object(at(argument, 1));
    return template.replaceAll(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (variables[name] !== undefined) return text(this.resolve(stack, variables[name])) ?? '';
      const dot = name.indexOf('.');
      return (dot < 0 ? text(this.#ref(stack, name)) : this.#attribute(stack, name.slice(0, dot), name.slice(dot + 1))) ?? '';
    });
  }

  #export(name: string): Json | undefined {
    for (const stack of this.#stacks) {
      for (const output of Object.values(object(stack.template.Outputs))) {
        const exported = at(output, 'Export', 'Name');
        if (exported !== undefined && this.resolve(stack, exported) === name) return this.resolve(stack, at(output, 'Value'));
      }
    }
    throw new TemplateError(`No stack of the assembly exports ${name}`);
  }
}
