import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConversionFailed } from '#contracts/events/accounts.ts';
import { DealWon } from '#contracts/events/deals.ts';
import { LeadCaptured, LeadDeleted, LeadUpdated } from '#contracts/events/intake.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { CriteriaInput } from '#contracts/resources/qualification.ts';
import { serveEvents } from '#runtime/consumer.ts';
import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { serveSchedule } from '#runtime/schedule.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { apiRoutes, simulationRoutes } from './routes.ts';
import { qualification } from './service.ts';
import { simulateCriteria } from './use-cases/simulate-criteria.ts';
import { sweepLeads } from './use-cases/sweep-leads.ts';

const second = 1_000;
const day = 24 * 60 * 60 * second;

const criteriaOf = (changes: Partial<CriteriaInput> = {}): CriteriaInput => ({
  rules: [{ id: 'company', label: 'Company', when: { field: 'company', op: 'exists' }, points: 20 }],
  signals: { click: { points: 10 }, visit: { points: 40, halfLifeDays: 7 } },
  thresholds: { warm: 30, hot: 70, mql: 50 },
  autoQualify: { enabled: false, minScore: 50, requiredFields: ['company'] },
  ...changes,
});
const worth = (points: number, changes: Partial<CriteriaInput> = {}) =>
  criteriaOf({ rules: [{ id: 'company', label: 'Company', when: { field: 'company', op: 'exists' }, points }], ...changes });

/** The service with an intake beside it; what intake says arrives when a test has it arrive. */
const openWorld = () => {
  const edge = testEdge();
  seedKey(edge);
  const instance = (on: Edge) => ({
    call: client(serveHttp({ service: qualification, routes: apiRoutes, handlers, edge: on })),
    deliver: serveEvents({ service: qualification, handlers: eventHandlers, edge: on }),
  });
  const { call, deliver } = instance(edge);
  const sweeper = serveSchedule({ service: qualification, run: sweepLeads, edge });
  const leads = new Map<string, { lead: LeadState; sequence: number }>();
  const nowText = () => new Date(edge.now()).toISOString();

  const store = (lead: LeadState, sequence: number) => {
    leads.set(lead.id, { lead, sequence });
    edge.table.seed({ ...leadRecordKey(lead.id), kind: 'lead', data: { lead, sequence } });
  };
  const newLead = (fields: Partial<LeadState> = {}): string => {
    const id = fields.id ?? newId('lead', edge.now());
    const common = {
      kind: 'person',
      priority: 'normal',
      source: 'website',
      channel: 'web-form',
      tags: [],
      touches: 1,
      version: 1,
    } as const;
    store(
      {
        ...common,
        id,
        tags: [],
        email: `${id.toLowerCase()}@acme.example`,
        company: 'Acme',
        createdAt: nowText(),
        updatedAt: nowText(),
        ...fields,
      },
      1,
    );
    return id;
  };
  const changeLead = (id: string, changes: Partial<LeadState>) => {
    const known = leads.get(id);
    if (known !== undefined) store({ ...known.lead, ...changes }, known.sequence + 1);
  };
  let messages = 0;
  const queueOf = (events: readonly unknown[]) => {
    const batch = queueEvent(events);
    for (const record of batch.Records) {
      messages += 1;
      record.messageId = `message-${messages}`;
    }
    return batch;
  };
  const arrive = async (events: readonly unknown[], by = deliver) =>
    expect((await by(queueOf(events), testContext())).batchItemFailures).toEqual([]);
  const eventOf = (id: string, contract: typeof LeadCaptured | typeof LeadUpdated) => {
    const { lead, sequence } = leads.get(id) ?? { lead: undefined, sequence: 0 };
    return busEvent({ source: 'intake', contract, data: { lead, changed: [] }, subject: id, sequence });
  };
  const told = new Set<unknown>();
  const ownEvents = () =>
    edge.table.events
      .filter((event) => event.detailType === 'RescoringRequested' && !told.has(event))
      .map((event) => ({ original: event, carried: { ...busEventOf(event), time: nowText() } }));
  const busEventOf = ({ source, detailType, detail }: (typeof edge.table.events)[number]) => ({
    id: 'b',
    source,
    'detail-type': detailType,
    detail,
  });

  return {
    edge,
    call,
    newLead,
    changeLead,
    gone: (id: string) =>
      leads.delete(id) &&
      edge.table.seed({ ...leadRecordKey(id), kind: 'lead', data: { sequence: 9, gone: { reason: 'deleted', at: nowText() } } }),
    arrive,
    captured: (id: string, by = deliver) => arrive([eventOf(id, LeadCaptured)], by),
    updated: (id: string) => arrive([eventOf(id, LeadUpdated)]),
    /** Something that an automation put on the bus. */
    automation: (detailType: string, detail: object, id: string = newId('event', edge.now())) =>
      arrive([{ id, source: 'marketing.mailer', 'detail-type': detailType, time: nowText(), detail }]),
    /** One round of what the service asked of itself, in the order of `pick`; false when there was nothing. */
    ownRound: async (order: (events: ReturnType<typeof ownEvents>) => ReturnType<typeof ownEvents> = (events) => events) => {
      const events = order(ownEvents());
      for (const { original, carried } of events) {
        told.add(original);
        await arrive([carried]);
      }
      return events.length > 0;
    },
    sweep: () => sweeper({}, testContext()),
    put: async (criteria: CriteriaInput) => {
      const { status, body } = await call('PUT', '/v1/qualification/criteria', { body: criteria });
      expect(status).toBe(200);
      return body;
    },
    signal: (body: object) => call('POST', '/v1/signals', { body }),
    act: (id: string, action: string, body: object = {}) => call('POST', `/v1/leads/${id}/${action}`, { body }),
    read: async (id: string) => (await call('GET', `/v1/leads/${id}/qualification`)).body,
    said: (name: string, id?: string) =>
      edge.table.events.filter(({ detailType, detail }) => detailType === name && (id === undefined || detail.metadata.subject === id)),
    funnel: async (query = '') => (await call('GET', `/v1/reports/funnel${query}`)).body,
    simulate: (criteria: CriteriaInput, clock = () => 0) => {
      const simulation = { simulateCriteria: simulateCriteria({ milliseconds: 1_000, clock }) };
      const ask = client(serveHttp({ service: qualification, routes: simulationRoutes, handlers: simulation, edge }));
      return ask('POST', '/v1/qualification/simulations', { body: { criteria } });
    },
    /** Another function instance on the same table, with a memory of its own. */
    another: () => instance({ ...edge, table: { ...edge.table } }),
  };
};
type World = ReturnType<typeof openWorld>;

const settle = async (world: World) => {
  while (await world.ownRound()) {
    // Each step asks for the next one.
  }
};
const sumOf = ({ contributions }: { contributions: { points: number }[] }) =>
  contributions.reduce((sum, { points }) => sum + Math.round(points * 10), 0) / 10;

describe('criteria', () => {
  const deep = (levels: number): object => (levels === 0 ? { field: 'email', op: 'exists' } : { not: deep(levels - 1) });
  const rule = (when: unknown, id = 'r') => ({ id, label: 'R', when, points: 1 });
  const good = { field: 'email', op: 'exists' };

  it.each<[string, object, string[]]>([
    ['an operator that there is not', { rules: [rule(good, 'a'), rule({ field: 'email', op: 'like', value: 'x' })] }, ['/rules/1/when/op']],
    ['one deep inside', { rules: [rule({ all: [good, { any: [good, { field: 'x', op: '?' }] }] })] }, ['/rules/0/when/all/1/any/1/op']],
    ['a comparison without a value', { rules: [rule({ field: 'company', op: 'eq' })] }, ['/rules/0/when/value']],
    ['more than a word', { rules: [rule({ field: 'touches', op: 'gt', value: 'many' })] }, ['/rules/0/when/value']],
    ['one of no list', { rules: [rule({ field: 'country', op: 'in', value: 'DE' })] }, ['/rules/0/when/value']],
    ['a group of nothing', { rules: [rule({ all: [] })] }, ['/rules/0/when/all']],
    ['6 deep', { rules: [rule(deep(6))] }, ['/rules/0/when']],
    ['points in words', { rules: [{ ...rule(good), points: 'ten' }] }, ['/rules/0/points']],
    ['two rules of one id', { rules: [rule(good), rule(good)] }, ['/rules/1/id']],
    ['a rule called like the clamp', { rules: [rule(good, 'clamp')] }, ['/rules/0/id']],
    ['201 rules', { rules: Array.from({ length: 201 }, (_, i) => rule(good, `r${i}`)) }, ['/rules']],
    [
      '101 types of signals',
      { signals: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`s${i}`, { points: 1 }])) },
      ['/signals'],
    ],
    ['a half-life of nothing', { signals: { click: { points: 1, halfLifeDays: 0 } } }, ['/signals/click/halfLifeDays']],
    ['warm above hot', { thresholds: { warm: 80, hot: 70, mql: 50 } }, ['/thresholds/warm']],
    ['a threshold above 100', { thresholds: { warm: 30, hot: 101, mql: 50 } }, ['/thresholds/hot']],
    ['no rules at all', { rules: undefined }, ['/rules']],
  ])('with %s are refused, and told where', async (_what, changes, pointers) => {
    const { call } = openWorld();
    const { status, body } = await call('PUT', '/v1/qualification/criteria', { body: { ...criteriaOf(), ...changes } });
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    expect((await call('GET', '/v1/qualification/criteria')).body.version).toBe(1);
  });

  it('may be 5 deep, have 200 rules, and warm and hot alike', async () => {
    const world = openWorld();
    const rules = Array.from(
      { length: 200 },
      (_, i) => ({ id: `r${i}`, label: 'R', when: deep(5), points: 1 }) as CriteriaInput['rules'][number],
    );
    expect((await world.put(criteriaOf({ rules, thresholds: { warm: 50, hot: 50, mql: 50 } }))).version).toBe(2);
  });

  it('score all open leads anew in steps, each once, and no others', async () => {
    const world = openWorld();
    const ids = Array.from({ length: 230 }, () => world.newLead());
    for (const id of ids) await world.captured(id);
    const [spam = '', sold = ''] = ids;
    await world.act(spam, 'disqualify', { reason: 'spam' });
    await world.act(sold, 'qualify');
    await world.put(worth(60));
    const requests = world.said('RescoringRequested').length;
    await settle(world);
    expect(world.said('RescoringRequested').length).toBeGreaterThan(requests);
    for (const id of ids.slice(2))
      expect(await world.read(id)).toMatchObject({ score: 60, rating: 'warm', criteriaVersion: 2, lifecycleStage: 'mql' });
    expect(world.said('LeadScored')).toHaveLength(230 + 228);
    for (const id of [spam, sold]) expect(await world.read(id)).toMatchObject({ score: 35, criteriaVersion: 1 });
    // A step that comes again finds its work done.
    const [step] = world.said('RescoringRequested');
    await world.arrive([{ id: 'b', source: step?.source, 'detail-type': step?.detailType, time: '', detail: step?.detail }]);
    expect(world.said('LeadScored')).toHaveLength(230 + 228);
  });

  it('that came later hold, in whichever order the re-scorings go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 7 })), async (picks) => {
        const world = openWorld();
        const ids = Array.from({ length: 70 }, () => world.newLead());
        for (const id of ids) await world.captured(id);
        await world.put(worth(40));
        await world.ownRound((events) => events.slice(0, 2));
        await world.put(worth(80));
        const one = async () =>
          world.ownRound((events) =>
            events.toSpliced(0, events.length, ...events.splice((picks.next().value ?? 0) % Math.max(1, events.length), 1)),
          );
        while (await one()) {
          // One step of one of the re-scorings, whichever comes.
        }
        for (const id of ids) expect(await world.read(id)).toMatchObject({ score: 80, criteriaVersion: 3 });
      }),
      { numRuns: 10, seed: 4 },
    );
  });

  it('reach also a lead that was scored by former ones while the re-scoring passed', async () => {
    const world = openWorld();
    const other = world.another();
    const [early, late] = [world.newLead(), world.newLead()];
    await world.captured(early, other.deliver);
    await world.put(worth(80));
    await settle(world);
    world.edge.clock.advance(150);
    await world.captured(late, other.deliver);
    expect(await world.read(late)).toMatchObject({ criteriaVersion: 1 });
    await world.sweep();
    expect(await world.read(late)).toMatchObject({ criteriaVersion: 1 });
    world.edge.clock.advance(10 * second);
    await world.sweep();
    for (const id of [early, late]) expect(await world.read(id)).toMatchObject({ criteriaVersion: 2, score: 80 });
    expect(world.edge.table.items('rescoring')).toEqual([]);
  });

  it('are remembered by a function for a moment, and never overwrite a score by newer ones', async () => {
    const world = openWorld();
    const other = world.another();
    const [first, second_, third] = [world.newLead(), world.newLead(), world.newLead()];
    await world.captured(first, other.deliver);
    await world.put(worth(80));
    await settle(world);
    world.changeLead(first, { touches: 2 });
    await world.captured(first, other.deliver);
    expect(await world.read(first)).toMatchObject({ score: 80, criteriaVersion: 2 });
    world.edge.clock.advance(201);
    for (const id of [second_, third]) await world.captured(id, other.deliver);
    expect(await world.read(third)).toMatchObject({ criteriaVersion: 2 });
  });

  it('of two at once follow one another', async () => {
    const world = openWorld();
    world.edge.table.interfere(() => world.put(worth(10)));
    expect((await world.put(worth(90))).version).toBe(3);
    expect((await world.call('GET', '/v1/qualification/criteria?version=2')).body.rules[0].points).toBe(10);
  });

  it('can be simulated on the open leads, or on as many as there is time for', async () => {
    const world = openWorld();
    const ids = Array.from({ length: 30 }, (_, i) => world.newLead(i < 10 ? { phone: '1' } : {}));
    for (const id of ids) await world.captured(id);
    await world.act(ids[29] ?? '', 'disqualify', { reason: 'spam' });
    const rules = [{ id: 'phone', label: 'Phone', when: { field: 'phone', op: 'exists' as const }, points: 75 }];
    const before = world.edge.table.items().length;
    const { status, body } = await world.simulate(
      criteriaOf({ rules, autoQualify: { enabled: true, minScore: 75, requiredFields: ['phone'] } }),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ leads: 29, cold: 19, warm: 0, hot: 10, mql: 10, autoQualified: 10, sampled: false });
    expect(body.changes).toHaveLength(20);
    expect(world.edge.table.items()).toHaveLength(before);
    let time = 0;
    const hurried = await world.simulate(criteriaOf(), () => (time += 300));
    expect(hurried.body.sampled).toBe(true);
    expect(hurried.body.leads).toBeLessThan(29);
  });
});

describe('signals', () => {
  const ready = async () => {
    const world = openWorld();
    await world.put(criteriaOf());
    const id = world.newLead({ email: 'jane@acme.example' });
    await world.captured(id);
    return { world, id };
  };

  it('of one externalId have one effect, whoever sends them, also at the same moment', async () => {
    const { world, id } = await ready();
    world.edge.table.interfere(() => world.automation('EngagementRecorded', { leadId: id, type: 'click', externalId: 'x' }));
    const { status, body } = await world.signal({ email: 'jane@acme.example', type: 'click', externalId: 'x' });
    expect({ status, receipt: body.status }).toEqual({ status: 202, receipt: 'repeated' });
    await world.automation('EngagementRecorded', { email: 'jane@acme.example', type: 'click', externalId: 'x' });
    expect(await world.read(id)).toMatchObject({ score: 30, signals: [{ type: 'click' }] });
  });

  it('without one have one effect for each event of the bus, however often it is delivered', async () => {
    const { world, id } = await ready();
    for (let i = 0; i < 3; i += 1) await world.automation('EngagementRecorded', { leadId: id, type: 'click' }, 'b-1');
    await world.automation('EngagementRecorded', { leadId: id, type: 'click' }, 'b-2');
    expect((await world.read(id)).score).toBe(40);
  });

  it('that race each other for one lead all count', async () => {
    const { world, id } = await ready();
    world.edge.table.interfere(() => world.signal({ leadId: id, type: 'click' }));
    await world.signal({ leadId: id, type: 'click' });
    expect((await world.read(id)).score).toBe(40);
    expect(sumOf(await world.read(id))).toBe(40);
  });

  it('lie where they belong when they come late, and fade from there', async () => {
    const { world, id } = await ready();
    const at = (days: number) => new Date(testNow - days * day).toISOString();
    await world.signal({ leadId: id, type: 'visit', occurredAt: at(0) });
    await world.signal({ leadId: id, type: 'visit', occurredAt: at(14) });
    await world.signal({ leadId: id, type: 'visit', occurredAt: at(7) });
    const now = await world.read(id);
    expect(now.signals).toEqual([
      { type: 'visit', at: at(0), points: 40 },
      { type: 'visit', at: at(7), points: 20 },
      { type: 'visit', at: at(14), points: 10 },
    ]);
    expect(now.score).toBe(90);
    expect(sumOf(now)).toBe(90);
  });

  it('of an unknown address wait 30 days for its lead, those of the bus 24 hours', async () => {
    const world = openWorld();
    await world.put(criteriaOf());
    expect((await world.signal({ email: 'early@acme.example', type: 'click', externalId: 'e' })).body.status).toBe('waiting');
    expect((await world.signal({ email: 'early@acme.example', type: 'click', externalId: 'e' })).body.status).toBe('repeated');
    await world.automation('EngagementRecorded', { email: 'early@acme.example', type: 'visit' });
    world.edge.clock.advance(29 * day);
    const id = world.newLead({ email: 'early@acme.example' });
    await world.captured(id);
    expect(await world.read(id)).toMatchObject({ score: 30, signals: [{ type: 'click', at: new Date(testNow).toISOString() }] });
    await world.signal({ email: 'tardy@acme.example', type: 'click' });
    world.edge.clock.advance(31 * day);
    const tardy = world.newLead({ email: 'tardy@acme.example' });
    await world.captured(tardy);
    expect((await world.read(tardy)).score).toBe(20);
  });

  it('that come just as their lead does are not lost', async () => {
    const world = openWorld();
    await world.put(criteriaOf());
    const id = world.newLead({ email: 'now@acme.example' });
    world.edge.table.interfere(() => world.signal({ email: 'now@acme.example', type: 'click' }));
    await world.captured(id);
    expect((await world.read(id)).score).toBe(30);
    const named = newId('lead', testNow);
    world.edge.table.interfere(async () => {
      world.newLead({ id: named });
      await world.captured(named);
    });
    await world.automation('EngagementRecorded', { leadId: named, type: 'click' });
    expect((await world.read(named)).score).toBe(30);
  });

  it('of an address follow it to the lead that has it now', async () => {
    const { world, id } = await ready();
    world.changeLead(id, { email: 'jane@new.example' });
    await world.updated(id);
    expect((await world.signal({ email: 'jane@new.example', type: 'click' })).body).toMatchObject({ status: 'counted', leadId: id });
    expect((await world.signal({ email: 'jane@acme.example', type: 'click' })).body.status).toBe('waiting');
    world.gone(id);
    expect((await world.signal({ email: 'jane@new.example', type: 'visit' })).body.status).toBe('waiting');
    await world.arrive([busEvent({ source: 'intake', contract: LeadDeleted, data: { leadId: id }, subject: id, sequence: 9 })]);
    const next = world.newLead({ email: 'jane@new.example' });
    await world.captured(next);
    expect((await world.read(next)).score).toBe(60);
    expect(world.edge.table.items('open-lead').map(({ sk }) => sk)).toEqual([next]);
  });

  it('of a type that the criteria do not name are refused, on the bus as a dead letter at once', async () => {
    const { world, id } = await ready();
    expect((await world.signal({ leadId: id, type: 'dance' })).body.errors).toMatchObject([{ pointer: '/type', code: 'unknown_type' }]);
    expect((await world.signal({ type: 'click' })).status).toBe(422);
    expect((await world.signal({ type: 'click', leadId: id, email: 'a@b.example' })).status).toBe(422);
    await world.automation('EngagementRecorded', { leadId: id, type: 'dance' });
    await world.automation('EngagementRecorded', { type: 'click' });
    expect(world.said('DeadLetterRecorded')).toHaveLength(2);
    await world.put(criteriaOf({ signals: { dance: { points: 1 } } }));
    expect((await world.signal({ leadId: id, type: 'dance' })).status).toBe(202);
  });

  it('fade without anyone calling: the sweep says so when the rating is another', async () => {
    const { world, id } = await ready();
    await world.signal({ leadId: id, type: 'visit' });
    await world.signal({ leadId: id, type: 'click' });
    expect(await world.read(id)).toMatchObject({ score: 70, rating: 'hot' });
    const said = world.said('LeadScored', id).length;
    await world.sweep();
    expect(world.said('LeadScored', id)).toHaveLength(said);
    world.edge.clock.advance(40 * 60 * second);
    await world.sweep();
    expect(await world.read(id)).toMatchObject({ rating: 'warm' });
    expect(world.said('LeadScored', id)).toHaveLength(said + 1);
    for (let days = 0; days < 80; days += 1) {
      world.edge.clock.advance(day);
      await world.sweep();
    }
    expect(await world.read(id)).toMatchObject({ score: 30, rating: 'warm' });
    const settled = world.said('LeadScored', id).length;
    world.edge.clock.advance(day);
    await world.sweep();
    expect(world.said('LeadScored', id)).toHaveLength(settled);
  });
});

describe('a lead', () => {
  it('is handed over by its score once, with a deal wished for, and not again after that failed', async () => {
    const world = openWorld();
    await world.put(criteriaOf({ autoQualify: { enabled: true, minScore: 60, requiredFields: ['company', 'phone'] } }));
    const id = world.newLead();
    await world.captured(id);
    await world.signal({ leadId: id, type: 'visit' });
    expect((await world.read(id)).status).toBe('new');
    world.changeLead(id, { phone: '1' });
    await world.updated(id);
    await world.updated(id);
    expect(await world.read(id)).toMatchObject({ status: 'qualified', history: [{ actor: 'system:qualification' }] });
    const [asked] = world.said('LeadQualified', id);
    expect(asked?.detail.data).toMatchObject({ conversion: { createDeal: true } });
    const failure = { leadId: id, reason: 'gone', qualifiedBy: String(asked?.detail.metadata.sequence) };
    await world.arrive([busEvent({ source: 'accounts', contract: ConversionFailed, data: failure, subject: id })]);
    await world.act(id, 'disqualify', { reason: 'other' });
    await world.act(id, 'reopen');
    await world.signal({ leadId: id, type: 'click' });
    expect(await world.read(id)).toMatchObject({ status: 'working', score: 70 });
    expect(world.said('LeadQualified', id)).toHaveLength(1);
  });

  it('is handed over also by new criteria, however many at once', async () => {
    const world = openWorld();
    const ids = Array.from({ length: 150 }, () => world.newLead());
    for (const id of ids) await world.captured(id);
    await world.put(worth(90, { autoQualify: { enabled: true, minScore: 80, requiredFields: [] } }));
    await settle(world);
    for (const id of ids) expect((await world.read(id)).status).toBe('qualified');
    expect(world.said('LeadQualified')).toHaveLength(150);
    expect(world.edge.table.items('open-lead')).toEqual([]);
    expect((await world.funnel()).qualified.count).toBe(150);
  });

  it('is qualified by an automation once, waits for one that comes within a day, and refuses what cannot be done', async () => {
    const world = openWorld();
    const id = world.newLead({ email: 'jane@acme.example' });
    await world.automation('QualificationRequested', { email: 'jane@acme.example', reason: 'asked', createDeal: false });
    await world.captured(id);
    await world.automation('QualificationRequested', { email: 'jane@acme.example' });
    expect(world.said('LeadQualified', id)).toHaveLength(1);
    expect((await world.read(id)).history).toMatchObject([{ to: 'qualified', reason: 'asked', actor: 'automation:marketing.mailer' }]);

    const named = newId('lead', testNow);
    await world.automation('QualificationRequested', { leadId: named });
    world.newLead({ id: named });
    await world.captured(named);
    expect((await world.read(named)).status).toBe('qualified');

    const tooLate = newId('lead', testNow);
    await world.automation('QualificationRequested', { leadId: tooLate });
    world.edge.clock.advance(day + second);
    world.newLead({ id: tooLate });
    await world.captured(tooLate);
    expect((await world.read(tooLate)).status).toBe('new');

    await world.act(tooLate, 'disqualify', { reason: 'spam' });
    await world.automation('QualificationRequested', { leadId: tooLate });
    await world.automation('QualificationRequested', { leadId: named, deal: { pipelineId: newId('pipeline', testNow) } });
    await world.automation('QualificationRequested', { leadId: 'me' });
    expect(world.said('DeadLetterRecorded')).toHaveLength(3);
  });

  it('that is nurtured is worked again on its day, or before when somebody asks', async () => {
    const world = openWorld();
    const [one, other] = [world.newLead(), world.newLead()];
    for (const id of [one, other]) {
      await world.captured(id);
      const { status, body } = await world.act(id, 'nurture', { until: '2026-12-01', note: 'Budget' });
      expect({ status, to: body.status }).toEqual({ status: 200, to: 'nurturing' });
    }
    expect((await world.act(one, 'nurture', { until: '2026-11-21' })).body.errors).toMatchObject([{ pointer: '/until', code: 'past' }]);
    expect((await world.act(other, 'work')).body.status).toBe('working');
    await world.act(other, 'nurture');
    await world.sweep();
    expect((await world.read(one)).status).toBe('nurturing');
    world.edge.clock.advance(9 * day);
    await world.sweep();
    await world.sweep();
    expect((await world.read(one)).history).toMatchObject([
      { from: 'nurturing', to: 'working', actor: 'system:qualification' },
      { to: 'nurturing', reason: 'Budget' },
    ]);
    expect((await world.read(other)).status).toBe('nurturing');
    expect(world.said('LeadStatusChanged', one)).toHaveLength(2);
  });

  it('is counted in the funnel of the day it was captured, with the days between the steps', async () => {
    const world = openWorld();
    await world.put(criteriaOf());
    const ids = [0, 1, 2].map(() => world.newLead());
    for (const id of ids) await world.captured(id);
    const [first = '', second_ = ''] = ids;
    world.edge.clock.advance(2 * day);
    await world.signal({ leadId: first, type: 'visit' });
    world.edge.clock.advance(1.5 * day);
    await world.act(first, 'qualify');
    await world.act(second_, 'qualify');
    const deal = { id: newId('deal', testNow), name: 'D', leadId: first, contacts: [], tags: [], pipelineId: defaultPipeline.id };
    const won = {
      ...deal,
      stageId: defaultPipeline.stages[0]?.id,
      probability: 100,
      status: 'won',
      stageEnteredAt: new Date(testNow).toISOString(),
    };
    const times = { createdAt: new Date(testNow).toISOString(), updatedAt: new Date(testNow).toISOString(), version: 1 };
    const news = busEvent({ source: 'deals', contract: DealWon, data: { deal: { ...won, ...times } }, subject: deal.id });
    await world.arrive([news]);
    await world.arrive([news]);
    const today = new Date(testNow).toISOString().slice(0, 10);
    expect(await world.funnel(`?from=${today}&to=${today}`)).toEqual({
      captured: { count: 3, rate: null, medianDays: null },
      mql: { count: 2, rate: 0.6667, medianDays: 2 },
      qualified: { count: 2, rate: 1, medianDays: 0 },
      converted: { count: 1, rate: 0.5, medianDays: 0 },
      won: { count: 1, rate: 1, medianDays: 0 },
    });
    expect((await world.funnel('?from=2026-11-23')).captured.count).toBe(0);
    expect((await world.funnel('?to=2026-11')).captured.count).toBe(3);
    expect((await world.call('GET', '/v1/reports/funnel?from=soon')).status).toBe(400);
  });
});

/** What everything together should come to, for one lead among others. */
interface Model {
  status: 'new' | 'working' | 'nurturing' | 'qualified' | 'disqualified';
  clicks: number;
  company: boolean;
  points: number;
  auto: boolean;
  autoDone: boolean;
}
interface Real {
  world: World;
  id: string;
}

const isOpen = ({ status }: Model) => status === 'new' || status === 'working' || status === 'nurturing';
const scoreOf = ({ company, points, clicks }: Model) => Math.min(100, (company ? points : 0) + 10 * clicks);
/** What the service does by itself once it knows. */
const follow = (model: Model) => {
  if (!model.auto || model.autoDone || !isOpen(model) || scoreOf(model) < 80) return;
  model.status = 'qualified';
  model.autoDone = true;
};

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): fc.Arbitrary<fc.AsyncCommand<Model, Real>> =>
  fc.constant({ check: () => true, run, toString: () => name });

const allowed: Record<string, readonly Model['status'][]> = {
  working: ['new', 'nurturing', 'disqualified'],
  nurturing: ['new', 'working'],
  qualified: ['new', 'working', 'nurturing'],
  disqualified: ['new', 'working', 'nurturing'],
};
const acting = (action: string, to: Model['status'], body: object = {}) =>
  command(action, async (model, { world, id }) => {
    const moves = allowed[to]?.includes(model.status) ?? false;
    const { status } = await world.act(id, action, body);
    expect(status).toBe(moves || model.status === to ? (to === 'qualified' ? 202 : 200) : 409);
    if (moves) model.status = to;
  });

it('comes to one outcome, whatever callers, automations, criteria and clocks do in whichever order', async () => {
  const look = async (model: Model, { world, id }: Real) => {
    await settle(world);
    const present = await world.read(id);
    expect(present.status).toBe(model.status);
    if (isOpen(model)) expect(present.score).toBe(scoreOf(model));
    expect(sumOf(present)).toBe(present.score);
    expect(world.edge.table.items('open-lead').map(({ sk }) => sk)).toEqual(isOpen(model) ? [id] : []);
    const funnel = await world.funnel();
    expect(funnel.captured.count).toBe(1);
    expect(funnel.qualified.count).toBe(world.said('LeadQualified', id).length > 0 ? 1 : 0);
  };
  const change = (points: number, auto: boolean) =>
    command(`criteria ${points}${auto ? ' auto' : ''}`, async (model, { world }) => {
      await world.put(worth(points, { autoQualify: { enabled: auto, minScore: 80, requiredFields: [] } }));
      await settle(world);
      Object.assign(model, { points, auto });
      follow(model);
    });
  const commands = [
    acting('work', 'working'),
    acting('reopen', 'working'),
    acting('nurture', 'nurturing'),
    acting('disqualify', 'disqualified', { reason: 'other' }),
    acting('qualify', 'qualified'),
    change(20, false),
    change(50, false),
    change(50, true),
    change(80, true),
    command('click', async (model, { world, id }) => {
      await world.signal({ leadId: id, type: 'click' });
      model.clicks += 1;
      follow(model);
    }),
    command('click told twice by the bus', async (model, { world, id }) => {
      const event = newId('event', testNow);
      for (let i = 0; i < 2; i += 1) await world.automation('EngagementRecorded', { leadId: id, type: 'click' }, event);
      model.clicks += 1;
      follow(model);
    }),
    command('click while another click', async (model, { world, id }) => {
      world.edge.table.interfere(() => world.signal({ leadId: id, type: 'click' }));
      await world.signal({ leadId: id, type: 'click' });
      model.clicks += 2;
      follow(model);
    }),
    command('company lost or found', async (model, { world, id }) => {
      model.company = !model.company;
      world.changeLead(id, { company: model.company ? 'Acme' : undefined });
      await world.updated(id);
      follow(model);
    }),
    command('two qualify at once', async (model, { world, id }) => {
      if (!isOpen(model)) return;
      world.edge.table.interfere(async () => expect((await world.act(id, 'qualify')).status).toBe(202));
      expect((await world.act(id, 'qualify')).status).toBe(202);
      model.status = 'qualified';
    }),
    command('disqualify overtaken by qualify', async (model, { world, id }) => {
      if (!isOpen(model)) return;
      world.edge.table.interfere(() => world.act(id, 'qualify'));
      expect((await world.act(id, 'disqualify', { reason: 'other' })).status).toBe(409);
      model.status = 'qualified';
    }),
    command('a minute later', async (_model, { world }) => {
      world.edge.clock.advance(60 * second);
      await world.sweep();
    }),
    fc.constant<fc.AsyncCommand<Model, Real>>({ check: () => true, run: look, toString: () => 'look' }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 14 }), async (sequence) => {
      const world = openWorld();
      await world.put(worth(20));
      await settle(world);
      const id = world.newLead();
      await world.captured(id);
      const model: Model = { status: 'new', clicks: 0, company: true, points: 20, auto: false, autoDone: false };
      await fc.asyncModelRun(() => ({ model, real: { world, id } }), sequence);
      await look(model, { world, id });
    }),
    { numRuns: 60, seed: 20_261_123 },
  );
});
