import { randomUUID } from 'node:crypto';
import { type Answer, answer, failure, JSON_1_1 } from './answers.ts';
import type { Caller } from './caller.ts';
import { isObject, type JsonObject, listAt, parseJson, textAt } from './json.ts';
import type { AwsEndpointsOptions, BusEvent, EventBus } from './types.ts';

/** EventBridge, as far as putting events and looking at buses goes. */
export type EventBridgeEndpoint = (operation: string, body: Buffer, caller: Caller | undefined) => Promise<Answer>;

const MOST_ENTRIES = 10;
/** Bytes of all entries of a request. */
const MOST_BYTES = 262_144;
const TIME_BYTES = 14;
const INTERNAL = 'This exception occurs due to unexpected causes.';

type Outcome = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

interface Entry {
  readonly bus: string;
  readonly event: BusEvent;
}

function invalid(parameter: string, reason: string): Outcome {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}` };
}

function bytesOf(entry: unknown): number {
  const texts = [textAt(entry, 'Source'), textAt(entry, 'DetailType'), textAt(entry, 'Detail'), ...listAt(entry, 'Resources')];
  const time = isObject(entry) && entry.Time !== undefined ? TIME_BYTES : 0;
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), time);
}

function timeOf(entry: JsonObject): string {
  const time = entry.Time;
  const date = typeof time === 'number' ? new Date(time * 1000) : typeof time === 'string' ? new Date(time) : new Date();
  return `${(Number.isNaN(date.getTime()) ? new Date() : date).toISOString().slice(0, 19)}Z`;
}

function validation(message: string): Answer {
  return failure(JSON_1_1, 'ValidationException', message);
}

export function eventBridgeEndpoint(options: AwsEndpointsOptions): EventBridgeEndpoint {
  const { buses, region, account } = options;
  const arnOf = (name: string): string => `arn:aws:events:${region}:${account}:event-bus/${name}`;
  const all: readonly EventBus[] = [{ name: 'default', arn: arnOf('default') }, ...buses.filter(({ name }) => name !== 'default')];
  const nameOf = (nameOrArn: string | undefined): string => nameOrArn?.replace(/^arn:[^/]*:event-bus\//, '') ?? 'default';

  const check = (entry: unknown): Entry | Outcome => {
    if (!isObject(entry)) {
      return invalid('Entry', 'Entry is not an object.');
    }
    const source = textAt(entry, 'Source');
    const detailType = textAt(entry, 'DetailType');
    const text = textAt(entry, 'Detail');
    if (source === undefined || source === '') {
      return invalid('Source', 'Source is a required argument.');
    }
    if (detailType === undefined || detailType === '') {
      return invalid('DetailType', 'DetailType is a required argument.');
    }
    if (detailType.length > 128) {
      return invalid('DetailType', 'DetailType must not be longer than 128 characters.');
    }
    if (text === undefined || text === '') {
      return invalid('Detail', 'Detail is a required argument.');
    }
    if (source.startsWith('aws.')) {
      return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
    }
    const detail = parseJson(text);
    if (!isObject(detail)) {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account,
      time: timeOf(entry),
      region,
      resources: listAt(entry, 'Resources').filter((resource) => typeof resource === 'string'),
      detail,
    };
    return { bus: nameOf(textAt(entry, 'EventBusName')), event };
  };

  const refusal = (
    caller: Caller,
    action: string,
    resource: string,
    context: ReadonlyMap<string, readonly string[]>,
  ): Answer | undefined => {
    const decision = caller.policy({ action, resource, context });
    return decision.allowed ? undefined : failure(JSON_1_1, 'AccessDeniedException', caller.refuse(action, resource, decision.because, ''));
  };

  const refusePut = (caller: Caller, entries: readonly unknown[]): Answer | undefined => {
    for (const bus of new Set(entries.map((entry) => nameOf(textAt(entry, 'EventBusName'))))) {
      const onBus = entries.filter((entry) => nameOf(textAt(entry, 'EventBusName')) === bus);
      const values = (member: string): string[] => [...new Set(onBus.map((entry) => textAt(entry, member) ?? ''))];
      const context = new Map([
        ['events:source', values('Source')],
        ['events:detail-type', values('DetailType')],
        ['aws:securetransport', ['true']],
        ['aws:requestedregion', [region]],
      ]);
      const refused = refusal(caller, 'events:PutEvents', arnOf(bus), context);
      if (refused !== undefined) {
        return refused;
      }
    }
    return undefined;
  };

  /** Hands the accepted entries over, bus by bus; the outcomes of those that could not be made durable change in place. */
  const hand = async (checked: readonly (Entry | Outcome)[], outcomes: Outcome[]): Promise<void> => {
    const byBus = new Map<string, { readonly index: number; readonly event: BusEvent }[]>();
    for (const [index, entry] of checked.entries()) {
      // On AWS an entry for a bus that does not exist is answered with an id, and gone.
      if ('event' in entry && all.some(({ name }) => name === entry.bus)) {
        const list = byBus.get(entry.bus) ?? [];
        list.push({ index, event: entry.event });
        byBus.set(entry.bus, list);
      }
    }
    for (const [bus, entries] of byBus) {
      try {
        await options.publish(
          bus,
          entries.map(({ event }) => event),
        );
      } catch {
        for (const { index } of entries) {
          outcomes[index] = { ErrorCode: 'InternalFailure', ErrorMessage: INTERNAL };
        }
      }
    }
  };

  const putEvents = async (body: JsonObject, caller: Caller | undefined): Promise<Answer> => {
    const entries = listAt(body, 'Entries');
    if (entries.length === 0 || entries.length > MOST_ENTRIES) {
      const bound = entries.length === 0 ? `greater than or equal to 1` : `less than or equal to ${MOST_ENTRIES}`;
      return validation(`1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`);
    }
    if (entries.reduce<number>((sum, entry) => sum + bytesOf(entry), 0) > MOST_BYTES) {
      return validation('Total size of the entries in the request is over the limit.');
    }
    const refused = caller === undefined ? undefined : refusePut(caller, entries);
    if (refused !== undefined) {
      return refused;
    }
    const fate = caller?.fate;
    if (fate?.before === true) {
      return failure(JSON_1_1, 'InternalException', INTERNAL, 500);
    }
    if (fate?.throttle === true && fate.choice < 0.5) {
      return failure(JSON_1_1, 'ThrottlingException', 'Rate exceeded');
    }
    const checked = entries.map((entry, index): Entry | Outcome =>
      fate?.throttle === true && index % 2 === 0 ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' } : check(entry),
    );
    const outcomes = checked.map((entry): Outcome => ('event' in entry ? { EventId: entry.event.id } : entry));
    await hand(checked, outcomes);
    if (fate?.after === true) {
      return failure(JSON_1_1, 'InternalException', INTERNAL, 500);
    }
    return answer(JSON_1_1, { FailedEntryCount: outcomes.filter((outcome) => 'ErrorCode' in outcome).length, Entries: outcomes });
  };

  const listBuses = (body: JsonObject): Answer => {
    const prefix = textAt(body, 'NamePrefix') ?? '';
    const matching = all.filter(({ name }) => name.startsWith(prefix));
    return answer(JSON_1_1, { EventBuses: matching.map(({ name, arn }) => ({ Name: name, Arn: arn })) });
  };

  const describeBus = (body: JsonObject): Answer => {
    const wanted = nameOf(textAt(body, 'Name'));
    const bus = all.find(({ name }) => name === wanted);
    return bus === undefined
      ? failure(JSON_1_1, 'ResourceNotFoundException', `Event bus ${wanted} does not exist.`)
      : answer(JSON_1_1, { Name: bus.name, Arn: bus.arn });
  };

  return async (operation, raw, caller) => {
    const body = parseJson(raw.toString());
    if (!isObject(body)) {
      return failure(JSON_1_1, 'SerializationException', undefined);
    }
    if (operation === 'PutEvents') {
      return putEvents(body, caller);
    }
    if (operation !== 'ListEventBuses' && operation !== 'DescribeEventBus') {
      return failure(JSON_1_1, 'UnknownOperationException', `Leadline's local EventBridge does not know ${operation}.`);
    }
    const resource =
      operation === 'ListEventBuses' ? `arn:aws:events:${region}:${account}:event-bus/*` : arnOf(nameOf(textAt(body, 'Name')));
    const refused = caller === undefined ? undefined : refusal(caller, `events:${operation}`, resource, new Map());
    return refused ?? (operation === 'ListEventBuses' ? listBuses(body) : describeBus(body));
  };
}
