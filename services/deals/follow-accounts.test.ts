import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { AccountDeleted, AccountMerged, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { serveSchedule } from '#runtime/schedule.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { handlers as httpHandlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';
import { run } from './sweep.ts';

const at = new Date(testNow).toISOString();

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers: httpHandlers, edge }));
  const deliver = serveEvents({ service: deals, handlers, edge });
  const keyOf = { account: accountRecordKey, contact: contactRecordKey } as const;
  return {
    edge,
    call,
    there: (kind: 'account' | 'contact', gone?: { reason: string; into?: string }, id = newId(kind, edge.now())) => {
      edge.table.seed({ ...keyOf[kind](id), kind, data: { sequence: 1, ...(gone === undefined ? {} : { gone: { ...gone, at } }) } });
      return id;
    },
    deal: async (fields: Record<string, unknown>): Promise<string> => {
      edge.clock.advance(1);
      const answer = await call('POST', '/v1/deals', { body: { name: 'Engine', ...fields } });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body.id;
    },
    hear: async (contract: EventContract, data: unknown) => {
      const event = busEvent({ source: 'accounts', contract, data, subject: newId('account', testNow) });
      for (const events of [[event], [event]]) expect((await deliver(queueEvent(events), testContext())).batchItemFailures).toEqual([]);
    },
    get: async (path: string) => (await call('GET', path)).body,
    changes: () => edge.table.events.filter(({ detailType }) => detailType === 'DealUpdated'),
  };
};

const account = (id: string) => ({
  id,
  name: 'Acme',
  kind: 'business',
  type: 'prospect',
  phones: [],
  emails: [],
  addresses: [],
  tags: [],
  createdAt: at,
  updatedAt: at,
  version: 1,
});

const contact = (id: string) => ({
  id,
  lastName: 'Doe',
  emails: [],
  phones: [],
  addresses: [],
  tags: [],
  formerAccounts: [],
  formerEmails: [],
  createdAt: at,
  updatedAt: at,
  version: 1,
});

describe('deals', () => {
  it('of a merged account, however many, go to its final survivor, once', async () => {
    const { there, deal, hear, get, changes } = open();
    const [from, to, last] = [there('account'), there('account'), there('account')];
    const ids: string[] = [];
    for (let i = 0; i < 90; i += 1) ids.push(await deal({ accountId: from }));
    there('account', { reason: 'merged', into: to }, from);
    there('account', { reason: 'merged', into: last }, to);
    await hear(AccountMerged, { account: account(to), sourceId: from, conflicts: {} });
    for (const id of ids) expect(await get(`/v1/deals/${id}`)).toMatchObject({ accountId: last, version: 1 });
    expect((await get(`/v1/deals?accountId=${last}&limit=100`)).data).toHaveLength(90);
    expect(changes()).toHaveLength(90);
    expect(changes()[0]?.detail.data).toMatchObject({ changed: ['accountId'], previous: { accountId: from } });
  });

  it('of a deleted account stay without one', async () => {
    const { there, deal, hear, get } = open();
    const from = there('account');
    const id = await deal({ accountId: from });
    there('account', { reason: 'deleted' }, from);
    await hear(AccountDeleted, { account: account(from), detached: true });
    expect(await get(`/v1/deals/${id}`)).not.toHaveProperty('accountId');
  });

  it('that are with nobody since their account was deleted can still be changed and copied, and be with somebody again', async () => {
    const { there, deal, hear, call } = open();
    const from = there('account');
    const id = await deal({ accountId: from });
    there('account', { reason: 'deleted' }, from);
    await hear(AccountDeleted, { account: account(from), detached: true });
    expect(await call('PATCH', `/v1/deals/${id}`, { body: { name: 'Still ours' } })).toMatchObject({ status: 200, body: { version: 2 } });
    expect((await call('POST', `/v1/deals/${id}/clone`)).status).toBe(201);
    const accountId = there('account');
    expect((await call('PATCH', `/v1/deals/${id}`, { body: { accountId } })).status).toBe(200);
    const parting = await call('PATCH', `/v1/deals/${id}`, { body: { accountId: null } });
    expect(parting).toMatchObject({ status: 422, body: { errors: [{ pointer: '', code: 'party_missing' }] } });
  });

  it('that name a merged contact name its survivor, in its role and once', async () => {
    const { there, deal, hear, get, changes } = open();
    const [from, to] = [there('contact'), there('contact')];
    const one = await deal({ contacts: [{ contactId: from, role: 'buyer' }] });
    const both = await deal({ contacts: [{ contactId: to }, { contactId: from }] });
    const other = await deal({ contacts: [{ contactId: to }] });
    there('contact', { reason: 'merged', into: to }, from);
    await hear(ContactMerged, { contact: contact(to), sourceId: from, deals: [one, both, other], conflicts: {} });
    expect((await get(`/v1/deals/${one}`)).contacts).toEqual([{ contactId: to, role: 'buyer' }]);
    expect((await get(`/v1/deals/${both}`)).contacts).toEqual([{ contactId: to }]);
    expect(changes()).toHaveLength(2);
  });

  it('name the role of a merged contact when its survivor is on them already without one', async () => {
    const { there, deal, hear, get } = open();
    const [from, to] = [there('contact'), there('contact')];
    const id = await deal({ contacts: [{ contactId: from, role: 'buyer' }, { contactId: to }] });
    const other = await deal({
      contacts: [
        { contactId: to, role: 'user' },
        { contactId: from, role: 'buyer' },
      ],
    });
    there('contact', { reason: 'merged', into: to }, from);
    await hear(ContactMerged, { contact: contact(to), sourceId: from, deals: [], conflicts: {} });
    expect((await get(`/v1/deals/${id}`)).contacts).toEqual([{ contactId: to, role: 'buyer' }]);
    expect((await get(`/v1/deals/${other}`)).contacts).toEqual([{ contactId: to, role: 'user' }]);
    expect((await get(`/v1/deals?contactId=${to}`)).data).toHaveLength(2);
    expect((await get(`/v1/deals?contactId=${from}`)).data).toEqual([]);
  });

  it('of merges one after the other go to the last survivor, in whichever order the news comes', async () => {
    for (const turn of [0, 1]) {
      const { there, deal, hear, get } = open();
      const [first, second, last] = [there('contact'), there('contact'), there('contact')];
      const ids = [await deal({ contacts: [{ contactId: first }] }), await deal({ contacts: [{ contactId: second }] })];
      there('contact', { reason: 'merged', into: second }, first);
      there('contact', { reason: 'merged', into: last }, second);
      const merges = [
        { contact: contact(second), sourceId: first, deals: [], conflicts: {} },
        { contact: contact(last), sourceId: second, deals: [], conflicts: {} },
      ];
      for (const merge of turn === 0 ? merges : merges.toReversed()) await hear(ContactMerged, merge);
      for (const id of ids) expect((await get(`/v1/deals/${id}`)).contacts).toEqual([{ contactId: last }]);
    }
  });

  it('that the index or a transaction under way kept from being seen are found by a second look, which is the last', async () => {
    const { edge, there, deal, hear, get, changes } = open();
    const [from, to, person, survivor] = [there('account'), there('account'), there('contact'), there('contact')];
    const early = await deal({ accountId: from });
    there('account', { reason: 'merged', into: to }, from);
    there('contact', { reason: 'merged', into: survivor }, person);
    await hear(AccountMerged, { account: account(to), sourceId: from, conflicts: {} });
    await hear(ContactMerged, { contact: contact(survivor), sourceId: person, deals: [], conflicts: {} });
    expect(changes()).toHaveLength(1);
    // As if it had been committed before the merges, and were seen only now.
    const late = await deal({ accountId: to, contacts: [{ contactId: survivor }] });
    for (const item of edge.table.items('deal').filter(({ pk }) => pk.endsWith(late))) {
      const data = { ...(item.data as object), accountId: from, contacts: [{ contactId: person }] };
      edge.table.seed(
        { ...item, data, indexes: { ...item.indexes, gsi3: { pk: `deals#account#${from}`, sk: late } } },
        { pk: `deals#contact#${person}`, sk: late, kind: 'contact-deal', data: {} },
      );
    }
    const sweep = serveSchedule({ service: deals, run, edge });
    await sweep({}, testContext());
    expect(await get(`/v1/deals/${late}`)).toMatchObject({ accountId: from });
    edge.clock.advance(30_000);
    await sweep({}, testContext());
    for (const id of [early, late]) expect(await get(`/v1/deals/${id}`)).toMatchObject({ accountId: to });
    expect(await get(`/v1/deals/${late}`)).toMatchObject({ contacts: [{ contactId: survivor }] });
    expect(edge.table.items('departure')).toEqual([]);
  });

  it('are copied with whom they are with now', async () => {
    const { there, deal, call } = open();
    const [from, to, person, gone] = [there('account'), there('account'), there('contact'), there('contact')];
    const id = await deal({ accountId: from, contacts: [{ contactId: person, role: 'buyer' }, { contactId: gone }] });
    there('account', { reason: 'merged', into: to }, from);
    there('contact', { reason: 'deleted' }, gone);
    const { body } = await call('POST', `/v1/deals/${id}/clone`);
    expect(body).toMatchObject({ accountId: to, contacts: [{ contactId: person, role: 'buyer' }] });
  });

  it('may be with fifty contacts, and with fifty others after that', async () => {
    const { there, deal, call, get } = open();
    const [some, others] = [Array.from({ length: 50 }, () => there('contact')), Array.from({ length: 50 }, () => there('contact'))];
    const named = (ids: readonly string[]) => ids.map((contactId) => ({ contactId }));
    const id = await deal({ accountId: there('account'), contacts: named(some) });
    expect((await get(`/v1/deals?contactId=${some[49]}`)).data).toHaveLength(1);
    const changed = await call('PATCH', `/v1/deals/${id}`, { body: { contacts: named(others) }, headers: { 'idempotency-key': 'x' } });
    expect(changed.status).toBe(200);
    expect((await get(`/v1/deals?contactId=${others[49]}`)).data).toHaveLength(1);
    expect((await get(`/v1/deals?contactId=${some[49]}`)).data).toEqual([]);
    expect((await call('DELETE', `/v1/deals/${id}`)).status).toBe(204);
    expect((await get(`/v1/deals?contactId=${others[49]}`)).data).toEqual([]);
  });

  it('tell of interactions about them', async () => {
    const { there, deal, hear, get } = open();
    const id = await deal({ accountId: there('account') });
    const interaction = {
      id: newId('interaction', testNow),
      dealId: id,
      kind: 'call',
      body: 'Long',
      occurredAt: at,
      createdAt: at,
      updatedAt: at,
      version: 1,
    };
    await hear(InteractionLogged, { interaction });
    const entry = (await get(`/v1/deals/${id}/timeline`)).data.find(({ type }: { type: string }) => type === 'InteractionLogged');
    expect(entry).toMatchObject({ at, data: { interaction: { kind: 'call' } } });
    expect(entry.data.interaction).not.toHaveProperty('body');
  });
});
