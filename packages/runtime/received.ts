import * as z from 'zod/mini';
import { catch as or } from 'zod/mini';
import { type EventContract, type EventMetadata, EventMetadata as Metadata, maySay } from '#contracts/core/event.ts';

/** An EventBridge event as a queue brings it. */
const Envelope = z.looseObject({
  id: z.string(),
  source: z.string(),
  'detail-type': z.string(),
  time: z.string(),
  detail: z.looseObject({ metadata: z.optional(z.unknown()), data: z.optional(z.unknown()) }),
});
type Envelope = z.infer<typeof Envelope>;

/** What can be said of a message before it is known to fit the contract. */
export interface Message {
  /** The event whole, as it came; text that is not JSON stands under `text`. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly eventId: string | undefined;
  readonly detailType: string;
  readonly correlationId: string | undefined;
  readonly subject: string | undefined;
  readonly occurredAt: string;
  readonly sequence: number;
  readonly envelope: Envelope | undefined;
}

// Hints of an event that is no good go into the metadata of its dead letter, so they keep to the bounds of metadata.
const hint = or(z.optional(z.string().check(z.minLength(1), z.maxLength(128))), undefined);

const Hints = z.object({ eventId: hint, correlationId: hint, subject: hint, occurredAt: or(z.string(), ''), sequence: or(z.number(), 0) });

const Anything = z.record(z.string(), z.unknown());

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads a queue message as far as it can be read. */
export const readMessage = (body: string): Message => {
  const json = jsonOf(body);
  const event = z.safeParse(Anything, json);
  const envelope = z.safeParse(Envelope, json);
  const hints = z.safeParse(Hints, envelope.success ? envelope.data.detail.metadata : undefined);
  const known = hints.success ? hints.data : undefined;
  return {
    event: event.success ? event.data : { text: body },
    eventId: known?.eventId ?? (envelope.success ? envelope.data.id : undefined),
    detailType: envelope.success ? envelope.data['detail-type'] : 'unknown',
    correlationId: known?.correlationId,
    subject: known?.subject,
    occurredAt: known?.occurredAt ?? '',
    sequence: known?.sequence ?? 0,
    envelope: envelope.success ? envelope.data : undefined,
  };
};

/** An event that does not fit its contract: trying again would not help. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

const faultsOf = (issues: readonly z.core.$ZodIssue[], under: string): string =>
  issues
    .slice(0, 10)
    .map((issue) => `/${[under, ...issue.path].map(String).join('/')} ${issue.code}`)
    .join(', ');

const check = <Schema extends z.ZodMiniType>(schema: Schema, value: unknown, under: string): z.output<Schema> => {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw new UnreadableEvent(`does not fit its schema: ${faultsOf(result.error.issues, under)}`);
};

/** Automations outside write no metadata: the bus's own words stand for them. */
const foreignMetadata = (envelope: Envelope): EventMetadata => ({
  eventId: envelope.id,
  occurredAt: Number.isNaN(Date.parse(envelope.time)) ? new Date(0).toISOString() : new Date(envelope.time).toISOString(),
  schemaVersion: 1,
  correlationId: envelope.id,
  causationId: envelope.id,
  actor: `automation:${envelope.source}`,
  subject: envelope.id,
  sequence: 1,
});

/**
 * The event as its contract has it; members that the contract does not know are dropped.
 *
 * @throws {UnreadableEvent}
 */
export const readEvent = (message: Message, contracts: readonly EventContract[]) => {
  const { envelope } = message;
  if (envelope === undefined) throw new UnreadableEvent('is not an event');
  const contract = contracts.find(({ name }) => name === envelope['detail-type']);
  if (contract === undefined) throw new UnreadableEvent(`no consumer for ${envelope['detail-type']}`);
  if (!maySay(contract, envelope.source)) throw new UnreadableEvent(`${envelope.source} may not say ${contract.name}`);
  const isOwn = contract.outside === undefined;
  return {
    source: envelope.source,
    detailType: contract.name,
    metadata: isOwn ? check(Metadata, envelope.detail.metadata, 'metadata') : foreignMetadata(envelope),
    data: isOwn ? check(contract.data, envelope.detail.data, 'data') : check(contract.data, envelope.detail, 'detail'),
  };
};
