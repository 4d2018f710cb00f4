import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { DealCreated, DealWon } from '#contracts/events/deals.ts';
import { LeadCaptured } from '#contracts/events/intake.ts';
import { LeadQualified } from '#contracts/events/qualification.ts';
import { dealRecordKey } from '#contracts/records/deal.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newUlid } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { accounts } from './service.ts';

const at = new Date(testNow).toISOString();

const leadOf = (fields: Record<string, unknown> = {}) => ({
  id: `lead_${newUlid(testNow)}`,
  kind: 'person',
  priority: 'normal',
  firstName: 'Jane',
  lastName: 'Doe',
  email: 'jane@acme.example',
  company: 'Acme GmbH',
  source: 'website',
  channel: 'web-form',
  tags: [],
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...fields,
});

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveHttp({ service: accounts, handlers, edge }));
  const deliver = serveEvents({ service: accounts, handlers: eventHandlers, edge });
  const hear = async (...events: unknown[]) => {
    expect((await deliver(queueEvent(events), testContext())).batchItemFailures).toEqual([]);
  };
  let heard = 0;
  /** Brings back to the service what it has said to itself, until it has nothing more to say. */
  const settle = async () => {
    const own = new Set<string>(accounts.consumes.filter(({ sources }) => sources.includes('accounts')).map(({ name }) => name));
    for (; heard < edge.table.events.length; heard += 1) {
      const said = edge.table.events[heard];
      if (said !== undefined && own.has(said.detailType)) {
        await hear({ source: said.source, 'detail-type': said.detailType, detail: said.detail, id: 'x', time: at });
      }
    }
  };
  const post = async (path: string, body: unknown, status = 201) => {
    edge.clock.advance(1);
    const answer = await call('POST', path, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    return answer.body;
  };
  const from = (source: 'intake' | 'qualification' | 'deals', contract: EventContract, subject: string, data: unknown, occurredAt = at) =>
    busEvent({ source, contract, subject, data, occurredAt });
  return {
    edge,
    call,
    hear,
    settle,
    post,
    from,
    get: async (path: string) => (await call('GET', path)).body,
    said: (name: string) => edge.table.events.filter(({ detailType }) => detailType === name).map(({ detail }) => detail.data),
    qualified: (lead: ReturnType<typeof leadOf>, wish = {}) =>
      from('qualification', LeadQualified, lead.id, {
        lead,
        score: 35,
        rating: 'warm',
        conversion: { createDeal: true, ...wish },
        standing: { status: 'qualified', lifecycleStage: 'sql', score: 35, rating: 'warm', actions: 1 },
      }),
    typesOf: async (path: string) => (await call('GET', path)).body.data.map(({ type }: { type: string }) => type),
  };
};

type World = ReturnType<typeof open>;

const dealOf = (fields: Record<string, unknown>) => ({
  id: `deal_${newUlid(testNow)}`,
  name: 'Robots',
  status: 'open',
  amount: { amount: 1000, currency: 'EUR' },
  contacts: [],
  tags: [],
  probability: 10,
  pipelineId: defaultPipeline.id,
  stageId: defaultPipeline.stages[0]?.id,
  stageEnteredAt: at,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...fields,
});

const company = async ({ post }: World, name = 'Acme', fields: Record<string, unknown> = {}) => post('/v1/accounts', { name, ...fields });
const person = async ({ post }: World, fields: Record<string, unknown>) => post('/v1/contacts', fields);

describe('moving a contact', () => {
  it('takes it to another account or to none, and back, with history and counters', async () => {
    const world = open();
    const { post, get, said, call } = world;
    const [a, b] = [await company(world, 'A'), await company(world, 'B')];
    const jane = await person(world, { email: 'jane@a.example', accountId: a.id });
    const path = `/v1/contacts/${jane.id}/move`;
    expect(await post(path, { accountId: b.id }, 200)).toMatchObject({
      accountId: b.id,
      formerAccounts: [{ accountId: a.id }],
      version: 2,
    });
    expect(said('ContactMoved')).toMatchObject([{ from: a.id, to: b.id, contact: { id: jane.id } }]);
    expect((await get('/v1/accounts')).data.map(({ contactCount }: { contactCount: number }) => contactCount)).toEqual([1, 0]);
    expect((await post(path, { accountId: b.id }, 200)).version).toBe(2);
    expect(await post(path, { accountId: null }, 200)).not.toHaveProperty('accountId');
    expect((await get(`/v1/accounts/${b.id}`)).contactCount).toBe(0);
    await post(path, { accountId: `acct_${newUlid(testNow)}` }, 422);
    await post(path, {}, 422);
    expect((await call('POST', path, { body: { accountId: a.id }, headers: { 'if-match': '"1.1"' } })).status).toBe(412);
    const timeline = await get(`/v1/accounts/${a.id}/timeline`);
    expect(timeline.data.map(({ type }: { type: string }) => type)).toEqual(['ContactMoved', 'ContactCreated', 'AccountCreated']);
    expect(timeline.data[0].summary).toBe('jane@a.example moved to another company.');
  });
});

describe('deleting', () => {
  it('a contact frees its addresses and leaves no trace of it but its number at the account', async () => {
    const world = open();
    const { call, get, said } = world;
    const acme = await company(world);
    const jane = await person(world, { email: 'old@a.example', accountId: acme.id });
    await call('PATCH', `/v1/contacts/${jane.id}`, { body: { email: 'new@a.example' } });
    expect((await call('DELETE', `/v1/contacts/${jane.id}`, { headers: { 'if-match': '"1.1"' } })).status).toBe(412);
    expect((await call('DELETE', `/v1/contacts/${jane.id}`)).status).toBe(204);
    for (const path of ['', '/timeline', '/interactions/summary'])
      expect((await call('GET', `/v1/contacts/${jane.id}${path}`)).status).toBe(404);
    expect((await call('DELETE', `/v1/contacts/${jane.id}`)).status).toBe(404);
    expect((await get('/v1/contacts')).data).toEqual([]);
    expect((await get(`/v1/accounts/${acme.id}`)).contactCount).toBe(0);
    for (const email of ['old@a.example', 'new@a.example']) await person(world, { email });
    expect(said('ContactDeleted')).toMatchObject([{ contact: { id: jane.id } }]);
  });

  it('an account in use is refused, and with cascade=detach leaves contacts and subsidiaries without it', async () => {
    const world = open();
    const { call, get, hear, from, settle } = world;
    const acme = await company(world, 'Acme', { domain: 'acme.example' });
    const below = await company(world, 'Below', { parentAccountId: acme.id });
    const people = await Promise.all(Array.from({ length: 45 }, (_, i) => person(world, { email: `p${i}@a.example`, accountId: acme.id })));
    const path = `/v1/accounts/${acme.id}`;
    expect((await call('DELETE', path)).body).toMatchObject({ status: 409, type: '/problems/in-use' });
    expect((await call('DELETE', `${path}?cascade=all`)).status).toBe(400);
    expect((await call('DELETE', `${path}?cascade=detach`)).status).toBe(204);
    await settle();
    for (const { id } of people) {
      const contact = await get(`/v1/contacts/${id}`);
      expect(contact).toMatchObject({ formerAccounts: [{ accountId: acme.id }], version: 1 });
      expect(contact).not.toHaveProperty('accountId');
    }
    expect(await get(`/v1/accounts/${below.id}`)).not.toHaveProperty('parentAccountId');
    expect((await call('GET', path)).status).toBe(404);
    const other = await company(world, 'Deals');
    await hear(from('deals', DealCreated, 'deal', { deal: dealOf({ accountId: other.id }) }));
    expect((await call('DELETE', `/v1/accounts/${other.id}`)).status).toBe(409);
    // Nobody is found by what a deleted account was known by.
    await hear(world.qualified(leadOf()));
    expect(world.said('LeadConverted')).toMatchObject([{ accountCreated: true }]);
  });

  it('an account that somebody joins at that moment is refused', async () => {
    const world = open();
    const { call, edge } = world;
    const acme = await company(world);
    edge.table.interfere(() => person(world, { lastName: 'Doe', accountId: acme.id }));
    expect((await call('DELETE', `/v1/accounts/${acme.id}`)).status).toBe(409);
  });
});

describe('a preview of a conversion', () => {
  it('says whom it would find, how, and which blanks it would fill, and changes nothing', async () => {
    const world = open();
    const { post, call, edge } = world;
    const lead = { email: 'joe@acme.example', lastName: 'Joe', company: 'ACME Ltd.', phone: '1' };
    const fresh = await post('/v1/conversions/preview', { lead }, 200);
    expect(fresh.contact).toEqual({ match: null, by: null, fills: expect.arrayContaining(['email', 'lastName', 'phones', 'accountId']) });
    expect(fresh.account).toEqual({ match: null, by: null, fills: expect.arrayContaining(['name', 'domain']) });
    const acme = await company(world, 'Acme Inc');
    const items = edge.table.items().length;
    expect((await post('/v1/conversions/preview', { lead }, 200)).account).toEqual({ match: acme.id, by: 'name', fills: ['domain'] });
    const joe = await person(world, { email: 'joe@acme.example', accountId: acme.id });
    const known = await post('/v1/conversions/preview', { lead }, 200);
    expect(known.contact).toEqual({ match: joe.id, by: 'email', fills: ['lastName', 'phones'] });
    expect(known.account).toMatchObject({ match: acme.id, by: 'contact' });
    const given = await post('/v1/conversions/preview', { lead, accountId: acme.id, contactId: joe.id }, 200);
    expect(given).toMatchObject({ contact: { by: 'given' }, account: { by: 'given' } });
    expect((await call('POST', '/v1/conversions/preview', { body: { lead, accountId: `acct_${newUlid(testNow)}` } })).status).toBe(422);
    expect((await call('POST', '/v1/conversions/preview', { body: { lead: {} } })).status).toBe(422);
    expect(edge.table.items().length - items).toBeLessThan(6);
    expect(world.said('LeadConverted')).toEqual([]);
  });
});

describe('an interaction', () => {
  it('is logged once for each externalId, counted and told with contact and account', async () => {
    const world = open();
    const { post, call, get, said } = world;
    const acme = await company(world);
    const jane = await person(world, { email: 'jane@a.example', accountId: acme.id });
    const body = { contactId: jane.id, kind: 'call', direction: 'inbound', subject: 'Price', externalId: 'pbx-1', durationSeconds: 60 };
    const first = await call('POST', '/v1/interactions', { body });
    expect(first.status).toBe(201);
    expect(first.headers.location).toBe(`/v1/interactions/${first.body.id}`);
    const again = await call('POST', '/v1/interactions', { body: { ...body, subject: 'Other' } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await get(`/v1/interactions/${first.body.id}`)).toEqual(first.body);
    expect(said('InteractionLogged')).toEqual([{ interaction: first.body }]);
    await post('/v1/interactions', { accountId: acme.id, kind: 'note', body: 'x'.repeat(600), occurredAt: '2026-01-01T00:00:00Z' });
    const summary = await get(`/v1/accounts/${acme.id}/interactions/summary`);
    expect(summary).toMatchObject({
      total: 2,
      byKind: { call: { total: 1, inbound: 1, outbound: 0 }, note: { total: 1, inbound: 0 }, email: { total: 0 } },
    });
    expect(summary).toMatchObject({ firstAt: '2026-01-01T00:00:00.000Z', lastAt: first.body.occurredAt });
    expect(await get(`/v1/contacts/${jane.id}/interactions/summary`)).toMatchObject({ total: 1, firstAt: first.body.occurredAt });
    const timeline = (await get(`/v1/accounts/${acme.id}/timeline`)).data;
    expect(timeline.map(({ type }: { type: string }) => type)).toEqual([
      'InteractionLogged',
      'ContactCreated',
      'AccountCreated',
      'InteractionLogged',
    ]);
    expect(timeline[0].summary).toBe('An inbound call: Price.');
    expect(timeline[3].data.interaction.body).toHaveLength(501);
    for (const [path, count] of [
      [`accounts/${acme.id}`, 1],
      [`contacts/${jane.id}`, 1],
    ] as const) {
      expect((await get(`/v1/${path}/timeline?kind=call`)).data).toHaveLength(count);
      expect((await get(`/v1/${path}/timeline?kind=meeting`)).data).toEqual([]);
    }
    expect((await call('GET', `/v1/accounts/${acme.id}/timeline?kind=fax`)).status).toBe(400);
  });

  it('names somebody who exists', async () => {
    const { call } = open();
    for (const body of [
      { kind: 'note' },
      { kind: 'note', contactId: `cont_${newUlid(testNow)}` },
      { kind: 'note', accountId: `acct_${newUlid(testNow)}` },
      { kind: 'note', leadId: `lead_${newUlid(testNow)}` },
      { kind: 'note', dealId: `deal_${newUlid(testNow)}` },
      { kind: 'fax', leadId: `lead_${newUlid(testNow)}` },
    ]) {
      expect((await call('POST', '/v1/interactions', { body })).status).toBe(422);
    }
  });

  it('about a deal is told with its contacts and account', async () => {
    const world = open();
    const { post, edge, typesOf } = world;
    const acme = await company(world);
    const jane = await person(world, { lastName: 'Doe' });
    const deal = dealOf({ accountId: acme.id, contacts: [{ contactId: jane.id }] });
    edge.table.seed({ ...dealRecordKey(deal.id), kind: 'deal', data: deal });
    await post('/v1/interactions', { dealId: deal.id, kind: 'meeting' });
    expect(await typesOf(`/v1/accounts/${acme.id}/timeline`)).toEqual(['InteractionLogged', 'AccountCreated']);
    expect(await typesOf(`/v1/contacts/${jane.id}/timeline`)).toEqual(['InteractionLogged', 'ContactCreated']);
  });
});

describe('a timeline', () => {
  it("is the union of lead's, contact's and deals' stories, paged, newest first, in whichever order they were heard", async () => {
    const world = open();
    const { edge, hear, from, settle, get, post, typesOf, said } = world;
    const lead = leadOf();
    edge.table.seed({ ...leadRecordKey(lead.id), kind: 'lead', data: { lead, sequence: 1 } });
    await hear(from('intake', LeadCaptured, lead.id, { lead }, '2026-11-22T10:00:00.000Z'));
    await post('/v1/interactions', { leadId: lead.id, kind: 'email', direction: 'outbound', occurredAt: '2026-11-22T11:00:00Z' });
    await hear(world.qualified(lead));
    await settle();
    const [converted] = said('LeadConverted') as { accountId: string; contactId: string }[];
    const { accountId = '', contactId = '' } = converted ?? {};
    const deal = dealOf({ accountId, contacts: [{ contactId }], leadId: lead.id });
    const told = from('deals', DealCreated, deal.id, { deal }, '2026-11-22T18:20:00.000Z');
    await hear(told, told);
    await hear(from('deals', DealWon, deal.id, { deal: { ...deal, status: 'won' } }, '2026-11-22T18:30:00.000Z'));
    const types = await typesOf(`/v1/contacts/${contactId}/timeline`);
    expect(types.filter((type: string) => type.startsWith('Deal'))).toEqual(['DealWon', 'DealCreated']);
    expect(types.slice(-2)).toEqual(['InteractionLogged', 'LeadCaptured']);
    expect(types).toEqual(expect.arrayContaining(['LeadQualified', 'LeadConverted', 'ContactCreated']));
    const whole = await typesOf(`/v1/accounts/${accountId}/timeline`);
    expect(whole.toSorted()).toEqual([...types, 'AccountCreated', 'AccountUpdated'].toSorted());
    expect(await get(`/v1/accounts/${accountId}/interactions/summary`)).toMatchObject({ total: 1, byKind: { email: { outbound: 1 } } });
    const paged: string[] = [];
    let cursor = '';
    for (;;) {
      const { data, nextCursor } = await get(`/v1/accounts/${accountId}/timeline?limit=2${cursor}`);
      paged.push(...data.map(({ type }: { type: string }) => type));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(paged).toEqual(whole);
    // What is heard of the lead late is told, too.
    await hear(from('intake', LeadCaptured, lead.id, { lead }, '2026-11-21T10:00:00.000Z'));
    expect((await typesOf(`/v1/accounts/${accountId}/timeline`)).at(-1)).toBe('LeadCaptured');
  });

  it('misses nothing of a lead that is converted at that very moment', async () => {
    const world = open();
    const { edge, hear, from, settle, said, typesOf } = world;
    const lead = leadOf();
    edge.table.interfere(async () => {
      await hear(world.qualified(lead));
      await settle();
    });
    await hear(from('intake', LeadCaptured, lead.id, { lead }, '2026-11-22T10:00:00.000Z'));
    const [converted] = said('LeadConverted') as { accountId: string }[];
    expect((await typesOf(`/v1/accounts/${converted?.accountId}/timeline`)).at(-1)).toBe('LeadCaptured');
  });
});

describe('merging contacts', () => {
  it('unites blanks, tags, addresses, timelines and counters, and the old id redirects', async () => {
    const world = open();
    const { post, call, get, said, typesOf } = world;
    const [a, b] = [await company(world, 'A'), await company(world, 'B')];
    const jane = await person(world, { email: 'jane@a.example', firstName: 'Jane', tags: ['x'], accountId: a.id });
    const double = await person(world, { email: 'jane@b.example', firstName: 'Janet', lastName: 'Doe', tags: ['y'], accountId: b.id });
    await post('/v1/interactions', { contactId: double.id, kind: 'call' });
    const merge = (id: string, sourceId: string, status: number) => post(`/v1/contacts/${id}/merge`, { sourceId }, status);
    expect((await merge(jane.id, jane.id, 422)).errors[0].pointer).toBe('/sourceId');
    await merge(jane.id, `cont_${newUlid(testNow)}`, 422);
    const one = await merge(jane.id, double.id, 200);
    expect(one).toMatchObject({
      firstName: 'Jane',
      lastName: 'Doe',
      tags: ['x', 'y'],
      email: 'jane@a.example',
      formerEmails: ['jane@b.example'],
      accountId: a.id,
      formerAccounts: [{ accountId: b.id }],
      version: 2,
    });
    expect(said('ContactMerged')).toMatchObject([{ sourceId: double.id, conflicts: { firstName: 'Janet' } }]);
    expect((await get('/v1/contacts?email=jane@b.example')).data).toEqual([one]);
    expect((await get(`/v1/accounts/${b.id}`)).contactCount).toBe(0);
    expect((await typesOf(`/v1/contacts/${jane.id}/timeline`)).toSorted()).toEqual([
      'ContactCreated',
      'ContactCreated',
      'ContactMerged',
      'InteractionLogged',
    ]);
    expect(await get(`/v1/contacts/${jane.id}/interactions/summary`)).toMatchObject({ total: 1 });
    for (const rest of ['', '/timeline', '/timeline?kind=call&limit=5', '/interactions/summary']) {
      const { status, headers } = await call('GET', `/v1/contacts/${double.id}${rest}`);
      expect([status, headers.location]).toEqual([301, `/v1/contacts/${jane.id}${rest}`]);
    }
    for (const [method, path, body] of [
      ['PATCH', '', { jobTitle: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/move', { accountId: null }],
      ['POST', '/merge', { sourceId: jane.id }],
    ] as const) {
      expect((await call(method, `/v1/contacts/${double.id}${path}`, { body })).body).toMatchObject({ status: 409, mergedInto: jane.id });
    }
    expect(await merge(jane.id, double.id, 409)).toMatchObject({ type: '/problems/merged', mergedInto: jane.id });
    // A merged id stands for its survivor.
    expect((await post('/v1/interactions', { contactId: double.id, kind: 'note' })).contactId).toBe(jane.id);
    const { id } = await person(world, { lastName: 'Last' });
    await merge(id, jane.id, 200);
    expect((await call('GET', `/v1/contacts/${double.id}`)).headers.location).toBe(`/v1/contacts/${id}`);
    expect(await get(`/v1/contacts/${id}`)).toMatchObject({ email: 'jane@a.example', formerEmails: ['jane@b.example'] });
    await call('DELETE', `/v1/contacts/${id}`);
    expect((await call('GET', `/v1/contacts/${double.id}`)).status).toBe(404);
    await person(world, { email: 'jane@b.example' });
  });

  it('into each other at once ends with one of them', async () => {
    const world = open();
    const { post, call, edge } = world;
    const [a, b] = [await person(world, { email: 'a@x.example' }), await person(world, { email: 'b@x.example' })];
    edge.table.interfere(() => post(`/v1/contacts/${b.id}/merge`, { sourceId: a.id }, 200));
    const { status, body } = await call('POST', `/v1/contacts/${a.id}/merge`, { body: { sourceId: b.id } });
    expect([status, body.mergedInto]).toEqual([409, b.id]);
  });

  it('tells which deals named the source', async () => {
    const world = open();
    const { post, hear, from, said } = world;
    const [a, b] = [await person(world, { lastName: 'A' }), await person(world, { lastName: 'B' })];
    const deal = dealOf({ contacts: [{ contactId: b.id }] });
    await hear(from('deals', DealCreated, deal.id, { deal }));
    await post(`/v1/contacts/${a.id}/merge`, { sourceId: b.id }, 200);
    expect(said('ContactMerged')).toMatchObject([{ deals: [deal.id] }]);
  });
});

describe('merging accounts', () => {
  it('unites fields, counters and timelines; contacts and subsidiaries follow; the source still finds the survivor', async () => {
    const world = open();
    const { post, call, get, hear, from, settle, said, qualified, typesOf } = world;
    const target = await company(world, 'Acme', { tags: ['x'], domain: 'acme.example' });
    const source = await company(world, 'Zenith', { tags: ['y'], industry: 'Robots', domain: 'zenith.example', segment: 'SMB' });
    const below = await company(world, 'Below', { parentAccountId: source.id });
    const people = await Promise.all(
      Array.from({ length: 40 }, (_, i) => person(world, { email: `p${i}@z.example`, accountId: source.id })),
    );
    const deal = dealOf({ accountId: source.id });
    await hear(from('deals', DealCreated, deal.id, { deal }));
    const merge = (id: string, sourceId: string, status: number) => post(`/v1/accounts/${id}/merge`, { sourceId }, status);
    await merge(target.id, target.id, 422);
    await merge(
      target.id,
      below.id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0')),
      422,
    );
    const one = await merge(target.id, source.id, 200);
    expect(one).toMatchObject({
      name: 'Acme',
      industry: 'Robots',
      segment: 'SMB',
      domain: 'acme.example',
      tags: ['x', 'y'],
      contactCount: 40,
      openDeals: 1,
    });
    await settle();
    expect(said('AccountMerged')).toMatchObject([{ sourceId: source.id, conflicts: { name: 'Zenith', domain: 'zenith.example' } }]);
    for (const { id } of people)
      expect(await get(`/v1/contacts/${id}`)).toMatchObject({ accountId: target.id, formerAccounts: [], version: 1 });
    expect(await get(`/v1/accounts/${below.id}`)).toMatchObject({ parentAccountId: target.id });
    expect((await get(`/v1/accounts/${target.id}/contacts?limit=100`)).data).toHaveLength(40);
    // Late news of the source's deal, and of its moving on, still count.
    await hear(from('deals', DealWon, deal.id, { deal: { ...deal, status: 'won' } }));
    expect(await get(`/v1/accounts/${target.id}`)).toMatchObject({ contactCount: 40, openDeals: 0, wonDeals: 1, type: 'customer' });
    expect(await typesOf(`/v1/accounts/${target.id}/timeline?limit=100`)).toEqual(
      expect.arrayContaining(['DealWon', 'DealCreated', 'AccountMerged']),
    );
    for (const rest of ['', '/contacts', '/timeline', '/interactions/summary']) {
      const { status, headers } = await call('GET', `/v1/accounts/${source.id}${rest}`);
      expect([status, headers.location]).toEqual([301, `/v1/accounts/${target.id}${rest}`]);
    }
    expect((await call('PATCH', `/v1/accounts/${source.id}`, { body: { segment: 'x' } })).body).toMatchObject({
      status: 409,
      mergedInto: target.id,
    });
    expect(await merge(target.id, source.id, 409)).toMatchObject({ mergedInto: target.id });
    await hear(
      qualified(leadOf({ email: 'new@zenith.example', company: 'Zenith' })),
      qualified(leadOf({ email: 'x@y.example' }), { accountId: source.id }),
    );
    expect(said('LeadConverted')).toMatchObject([{ accountId: target.id, accountCreated: false }, { accountId: target.id }]);
  });

  it('answers with the entity tag that reading it gives, and refuses an old one', async () => {
    const world = open();
    const { call } = world;
    const [a, b, c] = [await company(world, 'A'), await company(world, 'B'), await company(world, 'C')];
    await person(world, { lastName: 'X', accountId: b.id });
    const merge = (into: string, sourceId: string, etag: string) =>
      call('POST', `/v1/accounts/${into}/merge`, { body: { sourceId }, headers: { 'if-match': etag } });
    await merge(b.id, c.id, '*');
    const answer = await merge(a.id, b.id, '"1.1"');
    expect(answer.status).toBe(200);
    expect((await call('GET', `/v1/accounts/${a.id}`)).headers.etag).toBe(answer.headers.etag);
    expect((await merge(a.id, b.id, '"1.1"')).status).toBe(412);
  });

  it('closes no circle in the family', async () => {
    const world = open();
    const { post, get, settle } = world;
    const top = await company(world, 'Top');
    const middle = await company(world, 'Middle', { parentAccountId: top.id });
    const low = await company(world, 'Low', { parentAccountId: middle.id });
    await post(`/v1/accounts/${low.id}/merge`, { sourceId: top.id }, 200);
    await settle();
    expect(await get(`/v1/accounts/${low.id}`)).not.toHaveProperty('parentAccountId');
    expect(await get(`/v1/accounts/${middle.id}`)).toMatchObject({ parentAccountId: low.id });
  });

  it('into each other at once ends with one of them', async () => {
    const world = open();
    const { post, call, edge } = world;
    const [a, b] = [await company(world, 'A'), await company(world, 'B')];
    edge.table.interfere(() => post(`/v1/accounts/${b.id}/merge`, { sourceId: a.id }, 200));
    const { status, body } = await call('POST', `/v1/accounts/${a.id}/merge`, { body: { sourceId: b.id } });
    expect([status, body.mergedInto]).toEqual([409, b.id]);
  });
});
