import * as z from 'zod/mini';
import { idPattern } from './ids.ts';
import { timestamp } from './values.ts';

export const serviceNames = ['intake', 'qualification', 'accounts', 'deals', 'platform'] as const;
export type ServiceName = (typeof serviceNames)[number];

/**
 * `detail.metadata` of every event (events.md). `sequence` counts the events of one source about one subject, from 1.
 * `causationId` is the event or request that led to this one. `actor` is who did it: `key:<id>`, `user:<sub>` (the subject of an access token),
 * `form:<id>`, `system:<service>` or `automation:<source>`; more kinds may come.
 */
export const EventMetadata = z.object({
  eventId: z.string().check(z.regex(idPattern('event'))),
  occurredAt: timestamp(),
  schemaVersion: z.int().check(z.minimum(1)),
  correlationId: z.string().check(z.minLength(1), z.maxLength(128)),
  causationId: z.string().check(z.minLength(1), z.maxLength(128)),
  actor: z.string().check(z.minLength(1), z.maxLength(300)),
  subject: z.string().check(z.minLength(1), z.maxLength(100)),
  sequence: z.int().check(z.minimum(1)),
});
export type EventMetadata = z.infer<typeof EventMetadata>;

/**
 * One event of the contract: who says it, its name (a fact in the past tense) and the version of its data.
 * `sources` are the services that may say it; the bus `source` is `leadline.<service>`.
 */
export interface EventContract<Name extends string = string, Data extends z.ZodMiniType = z.ZodMiniType> {
  readonly name: Name;
  readonly schemaVersion: number;
  readonly sources: readonly ServiceName[];
  /**
   * Said from outside, by any bus `source` that begins so (`marketing.`): its `detail` is bare data without our metadata, and `sources` is
   * empty.
   */
  readonly outside?: string;
  /** When it is said, in one sentence. */
  readonly summary: string;
  readonly data: Data;
}

export const event = <const Name extends string, const Data extends z.ZodMiniType>(
  declaration: EventContract<Name, Data>,
): EventContract<Name, Data> => declaration;

export interface EventDetail<Data = unknown> {
  readonly metadata: EventMetadata;
  readonly data: Data;
}

export type DataOf<E extends EventContract> = z.output<E['data']>;

/** Events of any version below are read with the schema of this one: a schema only grows (events.md). */
export const detailSchema = <E extends EventContract>(contract: E) => z.object({ metadata: EventMetadata, data: contract.data });

/** True when an event of that bus `source` may be one of this contract. */
export const maySay = ({ sources, outside }: Pick<EventContract, 'sources' | 'outside'>, source: string): boolean =>
  outside === undefined ? sources.some((service) => busSource(service) === source) : source.startsWith(outside);

export const busSource = (service: ServiceName): string => `leadline.${service}`;
