/** What the AWS side of the local runtime and the rest of it say to each other. */

/** One value, or several of which any will do. */
export type OneOrMore<T> = T | readonly T[];

/** The value of a condition key: text, or a boolean for `Bool` and `Null`. */
export type ConditionValue = OneOrMore<string | boolean>;

/** A statement of an IAM policy, as CloudFormation carries it, its references resolved to strings. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Resource?: OneOrMore<string>;
  readonly NotResource?: OneOrMore<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, ConditionValue>>>>;
}

/** A function with credentials of its own and what its role allows. */
export interface Principal {
  /** The function's name, as it appears in refusals. */
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly statements: readonly PolicyStatement[];
}

/** CloudFormation's `GenerateSecretString`. */
export interface GenerateSecretString {
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly GenerateStringKey?: string;
  readonly IncludeSpace?: boolean;
  /** 1 to 4096, 32 if not given. */
  readonly PasswordLength?: number;
  readonly RequireEachIncludedType?: boolean;
  readonly SecretStringTemplate?: string;
}

/** A secret of the template: with a value, or with the rules to generate one. */
export interface SecretDefinition {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly generate?: GenerateSecretString;
  readonly value?: string;
}

/** A secret with its value. */
export interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly value: string;
  readonly versionId: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** The secrets of the template, found by ARN, by name, or by ARN without its suffix, as on AWS. */
export interface SecretStore {
  get(id: string): StoredSecret | undefined;
}

/** An event bus. */
export interface EventBus {
  readonly name: string;
  readonly arn: string;
}

/** An event as EventBridge gives it to rules and targets. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, whole seconds, UTC. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** What goes wrong on request (`LEADLINE_FAULTS`); made by `parseFaults` of faults.ts. */
export interface FaultSettings {
  readonly seed: number;
  /** Probabilities, 0 to 1. */
  readonly throttle: number;
  readonly before: number;
  readonly after: number;
  readonly stale: number;
}

/** What `startAwsEndpoints` needs. */
export interface AwsEndpointsOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly region: string;
  readonly account: string;
  readonly engine: { readonly url: string };
  /** The functions by access key id; asked for each request, so that functions may come later. */
  principals(): ReadonlyMap<string, Principal>;
  readonly buses: readonly EventBus[];
  /** Must have made the events durable when it returns (or its promise is fulfilled); if it throws, the entries are answered `InternalFailure`. */
  publish(busName: string, events: readonly BusEvent[]): void | Promise<void>;
  readonly secrets: SecretStore;
  readonly faults?: FaultSettings;
  /** Called after a write to a table was applied, so that stream pollers wake at once. */
  onWrite?(tableName: string): void;
  /** Called when a function's request is refused, with the text of the refusal. */
  onDenied?(principal: Principal, message: string): void;
}

/** DynamoDB, its streams, EventBridge and Secrets Manager on one loopback port. */
export interface AwsEndpoints {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The DynamoDB-compatible engine. */
export interface Engine {
  readonly url: string;
  /** To be called once after the first CreateTable: without these indexes each write becomes slower with each stream record. Tells whether it could. */
  prepareStream(): boolean;
  /**
   * Drops stream records up to and including the given sequence number.
   * The table's newest record always stays: the engine counts on from it. Returns how many were dropped.
   */
  trimStream(tableName: string, upToSequenceNumber: string): number;
  /** Deletes items whose time to live has passed (the engine does not by itself). Returns how many. */
  sweepExpired(): Promise<number>;
  stop(): Promise<void>;
}

/** What `startEngine` needs. */
export interface EngineOptions {
  /** Made if it does not exist; `:memory:` keeps nothing. */
  readonly dataDirectory: string;
  /** The engine ended without having been stopped. */
  onExit(error: Error): void;
}
