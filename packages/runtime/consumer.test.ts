import type { SQSBatchResponse } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { EventMetadata, event } from '#contracts/core/event.ts';
import { service } from '#contracts/core/service.ts';
import { DeadLetterRecorded } from '#contracts/events/platform.ts';
import { partition } from '#table/keys.ts';
import { busEvent, queueEvent, testContext } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { serveEvents } from './consumer.ts';
import type { EventHandlers } from './handlers.ts';

const LeadTold = event({
  name: 'LeadTold',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A lead was told.',
  data: z.object({ name: z.string() }),
});
const LeadSeen = event({
  name: 'LeadSeen',
  schemaVersion: 1,
  sources: ['intake'],
  summary: 'A lead was seen.',
  data: z.object({ by: z.string() }),
});
const LeadGreeted = event({
  name: 'LeadGreeted',
  schemaVersion: 1,
  sources: [],
  outside: 'marketing.',
  summary: 'An automation outside greeted a lead.',
  data: z.object({ name: z.string() }),
});

const deals = service({
  name: 'deals',
  purpose: 'tests the queue',
  routes: {},
  consumes: [LeadTold, LeadSeen, LeadGreeted],
  emits: [],
  reads: [],
  functions: { http: { entry: 'api.ts', memory: 256, timeout: 10, businessEffect: 'none' } },
});

const subject = 'lead_01KBBBBBBBBBBBBBBBBBBBBBBB';
const countKey = { pk: partition('deals', 'count'), sk: 'count' };

type Steps = Partial<EventHandlers<typeof deals.consumes>>;

const start = (steps: Steps = {}) => {
  const edge = testEdge();
  const handled: string[] = [];
  const handlers: EventHandlers<typeof deals.consumes> = {
    LeadTold: async ({ data }, unit) => {
      handled.push(data.name);
      await unit.commit({ writes: [{ op: 'add', key: countKey, kind: 'count', numbers: { told: 1 } }] });
    },
    LeadSeen: async () => undefined,
    LeadGreeted: async () => undefined,
    ...steps,
  };
  const lambda = serveEvents({ service: deals, handlers, edge });
  const deliver = async (events: readonly unknown[], receives = 1): Promise<SQSBatchResponse> =>
    lambda(queueEvent(events, receives), testContext());
  return { edge, handled, deliver, told: () => edge.table.items<{ told: number }>('count')[0]?.data.told ?? 0 };
};

const told = (name: string, more: object = {}) => busEvent({ source: 'intake', contract: LeadTold, data: { name }, subject, ...more });
const nothingFailed = { batchItemFailures: [] };

describe('an event', () => {
  it('has its effect once, however often it comes', async () => {
    const { deliver, told: count } = start();
    const same = told('a');
    expect(await deliver([same])).toEqual(nothingFailed);
    expect(await deliver([same, same])).toEqual(nothingFailed);
    expect(count()).toBe(1);
  });

  it('has one effect when a second delivery overtakes the first between reading and writing', async () => {
    const { deliver, edge, told: count } = start();
    const same = told('a');
    edge.table.interfere(() => deliver([same]));
    expect(await deliver([same])).toEqual(nothingFailed);
    expect(count()).toBe(1);
  });

  it('is done when its second delivery is refused for what the first has done', async () => {
    const { deliver, edge } = start({
      LeadTold: async (_, unit) => {
        if ((await unit.table.get(countKey)) !== undefined) throw new Error('it is there already');
        await unit.commit({ writes: [{ op: 'create', item: { ...countKey, kind: 'count', data: {} } }] });
      },
    });
    const same = told('a');
    await deliver([same]);
    expect(await deliver([same], 5)).toEqual(nothingFailed);
    expect(edge.table.events).toEqual([]);
  });

  it('is marked for longer than the archive keeps it', async () => {
    const { deliver, edge } = start();
    await deliver([told('a')]);
    const [mark] = edge.table.items('inbox');
    expect(mark?.expiresAt).toBe(Math.floor(edge.now() / 1000) + 37 * 86_400);
  });

  it('may be marked by the copy of it that a timeline keeps', async () => {
    const { deliver, edge } = start({
      LeadTold: async ({ metadata }, unit) => {
        await unit.commit({
          writes: [],
          guard: { pk: partition('deals', 'lead', subject), sk: `event#${metadata.eventId}`, kind: 'timeline', data: {} },
        });
      },
    });
    const same = told('a');
    await deliver([same]);
    expect(await deliver([same])).toEqual(nothingFailed);
    expect(edge.table.items()).toMatchObject([{ kind: 'timeline' }]);
  });

  it('passes on its correlation, names itself as the cause, and is the work of this service', async () => {
    let unitSeen: unknown;
    const { deliver } = start({
      LeadTold: async (_, { actor, correlationId, causationId }) => {
        unitSeen = { actor, correlationId, causationId };
      },
    });
    const eventId = 'evt_01KBBBBBBBBBBBBBBBBBBBBBBB';
    await deliver([told('a', { correlationId: 'r1', eventId })]);
    expect(unitSeen).toEqual({ actor: 'system:deals', correlationId: 'r1', causationId: eventId });
  });

  it('keeps what its contract knows and drops the rest', async () => {
    let seen: unknown;
    const { deliver } = start({
      LeadTold: async ({ data }) => {
        seen = data;
      },
    });
    await deliver([busEvent({ source: 'intake', contract: LeadTold, data: { name: 'a', later: 1 } })]);
    expect(seen).toEqual({ name: 'a' });
  });

  it('of ours is not believed from outside, nor one from outside under our name', async () => {
    const { edge, deliver, told: count } = start();
    await deliver([
      { ...told('a'), source: 'marketing.mailer', detail: { name: 'b' } },
      { ...told('a', { eventId: 'evt_01KCCCCCCCCCCCCCCCCCCCCCCC' }), 'detail-type': 'LeadGreeted' },
    ]);
    expect(count()).toBe(0);
    expect(edge.table.events.map(({ detailType }) => detailType)).toEqual(['DeadLetterRecorded', 'DeadLetterRecorded']);
  });

  it('whose record tells by itself that it was handled costs no mark', async () => {
    const { edge, deliver } = start({
      LeadTold: async (_event, unit) => {
        await unit.commit({ writes: [{ op: 'add', key: countKey, kind: 'count', numbers: { told: 1 } }], unmarked: true });
      },
    });
    await deliver([told('a')]);
    expect(edge.table.items('inbox')).toEqual([]);
  });

  it('from an automation outside has the bus for its metadata', async () => {
    let seen: unknown;
    const { deliver } = start({
      LeadGreeted: async ({ data, metadata, source }, { actor }) => {
        seen = { data, id: metadata.eventId, source, actor };
      },
    });
    await deliver([{ ...told('a'), source: 'marketing.mailer', 'detail-type': 'LeadGreeted', detail: { name: 'b' } }]);
    expect(seen).toEqual({
      data: { name: 'b' },
      id: 'b0000000-0000-4000-8000-000000000000',
      source: 'marketing.mailer',
      actor: 'automation:marketing.mailer',
    });
  });
});

describe('a batch', () => {
  it('reports the messages that failed and no others', async () => {
    const { deliver, handled } = start({ LeadSeen: () => Promise.reject(new Error('not yet')) });
    const seen = busEvent({ source: 'intake', contract: LeadSeen, data: { by: 'x' } });
    expect(await deliver([told('a'), seen, told('b')])).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(handled).toEqual(['a', 'b']);
  });

  it('handles events about one subject in the order in which they were said', async () => {
    const { deliver, handled } = start();
    await deliver([
      told('third', { occurredAt: '2026-11-22T18:18:43.000Z', sequence: 3 }),
      told('second', { sequence: 2 }),
      told('first', { sequence: 1 }),
    ]);
    expect(handled).toEqual(['first', 'second', 'third']);
  });
});

describe('an event that is given up', () => {
  const failing = { LeadTold: () => Promise.reject(new Error('no such pipeline')) };

  it('is a dead letter on its fifth attempt, whole, and not before', async () => {
    const { deliver, edge } = start(failing);
    const broken = told('a', { correlationId: 'r1' });
    expect(await deliver([broken], 4)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(edge.table.events).toEqual([]);
    expect(await deliver([broken], 5)).toEqual(nothingFailed);
    expect(edge.table.events).toMatchObject([
      {
        source: 'leadline.deals',
        detailType: 'DeadLetterRecorded',
        detail: {
          metadata: { correlationId: 'r1', causationId: broken.detail.metadata.eventId },
          data: {
            consumer: 'deals',
            eventId: broken.detail.metadata.eventId,
            detailType: 'LeadTold',
            error: 'Error: no such pipeline',
            correlationId: 'r1',
            event: broken,
          },
        },
      },
    ]);
    expect(edge.table.events[0]?.detail.metadata.subject).toMatch(/^dead_/);
  });

  it('is recorded once for one message, and may be tried again later', async () => {
    let broken = true;
    const {
      deliver,
      edge,
      told: count,
    } = start({
      LeadTold: async (_, unit) => {
        if (broken) throw new Error('not now');
        await unit.commit({ writes: [{ op: 'add', key: countKey, kind: 'count', numbers: { told: 1 } }] });
      },
    });
    const again = told('a');
    await deliver([again], 5);
    expect(await deliver([again], 5)).toEqual(nothingFailed);
    expect(edge.table.events).toHaveLength(1);
    broken = false;
    await deliver([again]);
    expect(count()).toBe(1);
  });

  it.each([
    ['that is not JSON', 'not json', 'unknown', null],
    ['that is no event', { hello: 1 }, 'unknown', null],
    ['whose data does not fit', { ...told('a'), detail: { ...told('a').detail, data: { name: 7 } } }, 'LeadTold', expect.any(String)],
    ['without metadata', { ...told('a'), detail: { data: { name: 'a' } } }, 'LeadTold', expect.any(String)],
    ['of a kind nobody here consumes', { ...told('a'), 'detail-type': 'LeadLost' }, 'LeadLost', expect.any(String)],
  ])('is a dead letter at once when it is a message %s', async (_, message, detailType, eventId) => {
    const { deliver, edge } = start();
    expect(await deliver([message])).toEqual(nothingFailed);
    expect(edge.table.events.map(({ detail }) => detail.data)).toMatchObject([{ consumer: 'deals', detailType, eventId }]);
  });

  it('has a dead letter that the bus takes, whatever its own metadata say', async () => {
    const { deliver, edge } = start();
    const long = 'x'.repeat(3_000);
    const message = { ...told('a'), detail: { metadata: { eventId: long, correlationId: long, subject: long }, data: {} } };
    expect(await deliver([message])).toEqual(nothingFailed);
    const [letter] = edge.table.events;
    expect(EventMetadata.safeParse(letter?.detail.metadata).success).toBe(true);
    expect(letter?.detail.data).toMatchObject({ event: message });
  });

  it('goes to the dead-letter queue when it is too large for a dead letter', async () => {
    const { deliver, edge } = start();
    const message = { ...told('a'), detail: { data: { name: 7, more: 'x'.repeat(250_000) } } };
    expect(await deliver([message])).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(edge.table.events).toEqual([]);
  });

  it('goes to the dead-letter queue instead when it is itself about a dead letter', async () => {
    const platform = service({ ...deals, name: 'platform', consumes: [DeadLetterRecorded] });
    const edge = testEdge();
    const lambda = serveEvents({ service: platform, handlers: { DeadLetterRecorded: () => Promise.reject(new Error('no')) }, edge });
    const letter = busEvent({ source: 'deals', contract: DeadLetterRecorded, data: {} });
    expect(await lambda(queueEvent([letter], 5), testContext())).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(edge.table.events).toEqual([]);
  });
});
