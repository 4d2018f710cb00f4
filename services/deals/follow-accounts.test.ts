import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { AccountDeleted, AccountMerged, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { handlers as httpHandlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

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
