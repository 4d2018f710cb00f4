import type { EventContract, ServiceName } from './event.ts';
import type { Routes } from './route.ts';

/** A record of another service that this one may `GetItem` or `ConditionCheckItem`, never query or write. */
export interface ForeignRead {
  readonly owner: ServiceName;
  /** Partition keys as an IAM `StringLike` pattern, beginning with the owner: `intake#lead#*`. */
  readonly partitions: string;
  readonly why: string;
}

export interface FunctionDeclaration {
  /** Source file beside the declaration, `api.ts`. */
  readonly entry: string;
  /** MiB, 128 to 10,240. */
  readonly memory: number;
  /** Seconds, 1 to 29 for HTTP (API Gateway gives up at 30). */
  readonly timeout: number;
  /** What people lose while this function fails, in one sentence; the alarm says it. */
  readonly businessEffect: string;
  /** False for a function that never touches the table. */
  readonly table?: boolean;
}

/** How often: `rate(1 minute)`, `rate(15 minutes)`. */
export type Rate = `rate(1 ${'minute' | 'hour' | 'day'})` | `rate(${number} ${'minutes' | 'hours' | 'days'})`;

/** A function that runs by itself, whatever happens or not: it looks for what time has made due. */
export interface ScheduledFunction extends FunctionDeclaration {
  readonly every: Rate;
}

/**
 * What a service is, for infrastructure, documents and tests: its operations, what it listens to and says, whose records it may read,
 * and its functions. It carries no code of the service.
 */
export interface ServiceDeclaration {
  readonly name: ServiceName;
  readonly purpose: string;
  readonly routes: Routes;
  readonly consumes: readonly EventContract[];
  readonly emits: readonly EventContract[];
  readonly reads: readonly ForeignRead[];
  readonly functions: {
    readonly http: FunctionDeclaration;
    readonly events?: FunctionDeclaration;
    /** Functions of their own for what is heavy, by the name routes give in `servedBy`. */
    readonly others?: Readonly<Record<string, FunctionDeclaration>>;
    /** Functions that run by the clock, by name; the name is no route's `servedBy`. */
    readonly schedules?: Readonly<Record<string, ScheduledFunction>>;
  };
}

export const service = <const S extends ServiceDeclaration>(declaration: S): S => declaration;
