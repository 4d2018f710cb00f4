import type { PolicyStatement, SecretDefinition } from './aws/types.ts';
import type { Json, JsonObject } from './json.ts';

/** What the local runtime runs, as the synthesized templates say it. All references are resolved; ARNs name one another. */
export interface LocalApp {
  readonly region: string;
  readonly account: string;
  readonly tables: readonly TableModel[];
  readonly functions: readonly FunctionModel[];
  readonly queues: readonly QueueModel[];
  readonly queueMappings: readonly QueueMappingModel[];
  readonly streamMappings: readonly StreamMappingModel[];
  readonly buses: readonly BusModel[];
  readonly rules: readonly RuleModel[];
  readonly schedules: readonly ScheduleModel[];
  readonly apis: readonly HttpApiModel[];
  readonly secrets: readonly SecretDefinition[];
  /** Types without a local effect by their nature (alarms, dashboards …), with how many there are. */
  readonly withoutEffect: ReadonlyMap<string, number>;
  /** Resources and properties that change behaviour on AWS and are not emulated, a sentence each. */
  readonly warnings: readonly string[];
}

export interface TableModel {
  readonly name: string;
  readonly arn: string;
  readonly streamArn: string | undefined;
  /** The input of CreateTable. */
  readonly create: JsonObject;
  readonly ttlAttribute: string | undefined;
}

export interface FunctionModel {
  readonly name: string;
  readonly arn: string;
  /** Absolute path of the unzipped asset. */
  readonly codeDirectory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
  readonly reservedConcurrency: number | undefined;
  readonly statements: readonly PolicyStatement[];
  /** Where an asynchronous invocation goes that failed for good. */
  readonly onFailureArn: string | undefined;
  /** 0 to 2; for asynchronous invocations. */
  readonly asyncRetries: number;
}

export interface QueueModel {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  /** Seconds. */
  readonly visibilityTimeout: number;
  /** Seconds. */
  readonly delay: number;
  /** Seconds a message is kept. */
  readonly retention: number;
  readonly deadLetterArn: string | undefined;
  readonly maxReceiveCount: number | undefined;
}

interface MappingModel {
  readonly id: string;
  readonly functionArn: string;
  readonly sourceArn: string;
  readonly batchSize: number;
  /** Seconds. */
  readonly batchWindow: number;
  readonly partialFailures: boolean;
  /** Patterns, any of which lets a record in; none lets in all. */
  readonly filters: readonly Json[];
}
export interface QueueMappingModel extends MappingModel {
  readonly maximumConcurrency: number | undefined;
}
export interface StreamMappingModel extends MappingModel {
  readonly tableName: string;
  readonly startingPosition: string;
  readonly bisect: boolean;
  /** -1: without end. */
  readonly maximumRetries: number;
  /** Seconds; -1: without end. */
  readonly maximumAge: number;
  readonly onFailureArn: string | undefined;
}

export interface BusModel {
  readonly name: string;
  readonly arn: string;
}

interface InputTransformer {
  readonly paths: Readonly<Record<string, string>>;
  readonly template: string;
}
export interface TargetModel {
  readonly id: string;
  readonly arn: string;
  readonly input: string | undefined;
  readonly inputPath: string | undefined;
  readonly inputTransformer: InputTransformer | undefined;
  readonly deadLetterArn: string | undefined;
  /** 0 to 185. */
  readonly maximumRetries: number;
  /** Seconds, 60 to 86,400. */
  readonly maximumAge: number;
}
export interface RuleModel {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly pattern: Json;
  readonly targets: readonly TargetModel[];
}
export interface ScheduleModel {
  readonly name: string;
  readonly arn: string;
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  readonly timezone: string;
  readonly targets: readonly TargetModel[];
  /** A rule gives its targets an event of `aws.events`; a schedule its input or nothing. */
  readonly kind: 'rule' | 'schedule';
}

export interface HttpApiModel {
  readonly id: string;
  readonly stage: string;
  readonly routes: readonly RouteModel[];
  /** Requests per second, steady and in a burst, beyond which the API answers 429. */
  readonly throttle: { readonly rate: number; readonly burst: number } | undefined;
}
export interface RouteModel {
  /** `GET /v1/leads/{leadId}` or `$default`. */
  readonly key: string;
  readonly functionArn: string;
  /** Milliseconds, 50 to 30,000. */
  readonly timeout: number;
}
