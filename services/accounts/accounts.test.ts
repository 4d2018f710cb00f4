import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { DealCreated, DealDeleted, DealLost, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
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
const unknownAccount = `acct_${newUlid(testNow)}`;

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveHttp({ service: accounts, handlers, edge }));
  const deliver = serveEvents({ service: accounts, handlers: eventHandlers, edge });
  return {
    edge,
    call,
    post: async (path: string, body: unknown) => {
      edge.clock.advance(1);
      const answer = await call('POST', path, { body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body;
    },
    get: async (path: string) => (await call('GET', path)).body,
    patch: (path: string, body: unknown, headers = {}) => call('PATCH', path, { body, headers }),
    hear: async (...events: unknown[]) => {
      expect((await deliver(queueEvent(events), testContext())).batchItemFailures).toEqual([]);
    },
    said: () => edge.table.events.map(({ detailType }) => detailType),
  };
};

describe('an account', () => {
  it('is created with its defaults and counters, read, and changed', async () => {
    const { call, get, patch, said } = open();
    const created = await call('POST', '/v1/accounts', { body: { name: 'Acme' } });
    const account = created.body;
    expect(created.headers.location).toBe(`/v1/accounts/${account.id}`);
    expect(account).toMatchObject({
      kind: 'business',
      type: 'prospect',
      contactCount: 0,
      openDeals: 0,
      wonDeals: 0,
      wonAmount: [],
      version: 1,
    });
    expect(await get(`/v1/accounts/${account.id}`)).toEqual(account);
    const patched = await patch(`/v1/accounts/${account.id}`, { segment: 'SMB' }, { 'if-match': created.headers.etag });
    expect(patched.body).toMatchObject({ segment: 'SMB', version: 2 });
    expect((await patch(`/v1/accounts/${account.id}`, { segment: 'SMB' })).body.version).toBe(2);
    expect((await patch(`/v1/accounts/${account.id}`, { segment: null }, { 'if-match': created.headers.etag })).status).toBe(412);
    expect((await patch(`/v1/accounts/${account.id}`, { segment: null })).body).not.toHaveProperty('segment');
    expect((await patch(`/v1/accounts/${account.id}`, { name: null })).status).toBe(422);
    expect((await patch(`/v1/accounts/${account.id}`, { contactCount: 5 })).status).toBe(422);
    expect(said()).toEqual(['AccountCreated', 'AccountUpdated', 'AccountUpdated']);
  });

  it('names a parent that exists and is not below it', async () => {
    const { call, post, patch } = open();
    expect((await call('POST', '/v1/accounts', { body: { name: 'A', parentAccountId: unknownAccount } })).status).toBe(422);
    const top = await post('/v1/accounts', { name: 'Top' });
    const sub = await post('/v1/accounts', { name: 'Sub', parentAccountId: top.id });
    const { status, body } = await patch(`/v1/accounts/${top.id}`, { parentAccountId: sub.id });
    expect(status).toBe(422);
    expect(body.errors[0].pointer).toBe('/parentAccountId');
    expect((await patch(`/v1/accounts/${top.id}`, { parentAccountId: top.id })).status).toBe(422);
  });

  it('is listed newest first, by filters, domain and prefix', async () => {
    const { post, get, call } = open();
    const acme = await post('/v1/accounts', { name: 'Acme', domain: 'acme.example', tags: ['VIP'], type: 'partner', owner: 'kim' });
    const other = await post('/v1/accounts', { name: 'Other', emails: [{ label: 'info', value: 'acme-fan@other.example' }] });
    const idsOf = async (query: string) => (await get(`/v1/accounts?${query}`)).data.map(({ id }: { id: string }) => id);
    expect(await idsOf('')).toEqual([other.id, acme.id]);
    expect(await idsOf('q=ACM')).toEqual([other.id, acme.id]);
    expect(await idsOf('q=cme')).toEqual([]);
    expect(await idsOf('domain=ACME.example')).toEqual([acme.id]);
    expect(await idsOf('tag=vip&type=partner&owner=kim')).toEqual([acme.id]);
    expect(await idsOf('tag=vip&type=prospect')).toEqual([]);
    const first = await get('/v1/accounts?limit=1');
    expect((await get(`/v1/accounts?limit=1&cursor=${first.nextCursor}`)).data[0].id).toBe(acme.id);
    expect((await call('GET', `/v1/accounts?type=partner&cursor=${first.nextCursor}`)).status).toBe(400);
  });
});

describe('a contact', () => {
  it('needs an address, a phone or a name', async () => {
    const { call } = open();
    expect((await call('POST', '/v1/contacts', { body: { jobTitle: 'CEO' } })).status).toBe(422);
    expect((await call('POST', '/v1/contacts', { body: { phones: [{ label: 'fax', value: '1' }] } })).status).toBe(201);
  });

  it('has an e-mail of its own; a second gets the id of the holder', async () => {
    const { call, post } = open();
    const jane = await post('/v1/contacts', { email: 'Jane@Acme.example' });
    const { status, body } = await call('POST', '/v1/contacts', { body: { email: 'jane@acme.example' } });
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: '/problems/duplicate', existingId: jane.id });
  });

  it('is still found by a past address, which stays its own', async () => {
    const { call, post, patch, get } = open();
    const jane = await post('/v1/contacts', { email: 'jane@old.example' });
    const joe = await post('/v1/contacts', { email: 'joe@acme.example' });
    const path = `/v1/contacts/${jane.id}`;
    expect((await patch(path, { email: 'joe@acme.example' })).body).toMatchObject({ status: 409, existingId: joe.id });
    expect((await patch(path, { email: 'jane@new.example' })).body).toMatchObject({ formerEmails: ['jane@old.example'], version: 2 });
    for (const email of ['jane@old.example', 'jane@new.example']) {
      expect((await get(`/v1/contacts?email=${email}`)).data).toMatchObject([{ id: jane.id }]);
    }
    expect((await call('POST', '/v1/contacts', { body: { email: 'jane@old.example' } })).body.existingId).toBe(jane.id);
    expect((await patch(path, { email: 'jane@old.example' })).body).toMatchObject({
      email: 'jane@old.example',
      formerEmails: ['jane@new.example'],
    });
    expect((await patch(path, { email: null, lastName: 'Doe' })).body.formerEmails).toEqual(['jane@new.example', 'jane@old.example']);
  });

  it('that changes accounts is remembered where it was, and both accounts count it right', async () => {
    const { call, post, patch, get } = open();
    const [a, b] = [await post('/v1/accounts', { name: 'A' }), await post('/v1/accounts', { name: 'B' })];
    expect((await call('POST', '/v1/contacts', { body: { lastName: 'X', accountId: unknownAccount } })).status).toBe(422);
    const jane = await post('/v1/contacts', { email: 'jane@a.example', accountId: a.id });
    expect((await get(`/v1/accounts/${a.id}`)).contactCount).toBe(1);
    const moved = (await patch(`/v1/contacts/${jane.id}`, { accountId: b.id })).body;
    expect(moved.formerAccounts).toMatchObject([{ accountId: a.id }]);
    expect((await get(`/v1/accounts/${a.id}`)).contactCount).toBe(0);
    expect((await get('/v1/accounts')).data.map(({ contactCount }: { contactCount: number }) => contactCount)).toEqual([1, 0]);
    expect((await get(`/v1/accounts/${a.id}/contacts`)).data).toEqual([]);
    expect((await get(`/v1/contacts?accountId=${b.id}&q=JANE`)).data).toEqual([moved]);
    expect((await call('GET', `/v1/accounts/${unknownAccount}/contacts`)).status).toBe(404);
    expect((await patch(`/v1/contacts/${jane.id}`, { accountId: unknownAccount })).status).toBe(422);
    expect((await patch(`/v1/contacts/${jane.id}`, { accountId: null })).body.formerAccounts).toHaveLength(2);
  });

  it('is found by the beginning of its first, last or full name, or of an address', async () => {
    const { post, get } = open();
    await post('/v1/contacts', { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@x.example' });
    for (const q of ['ada', 'LOVE', 'ada lov', 'ada@x'])
      expect((await get(`/v1/contacts?q=${encodeURIComponent(q)}`)).data).toHaveLength(1);
    expect((await get('/v1/contacts?q=lace')).data).toEqual([]);
  });

  it('names a lead that exists', async () => {
    const { call } = open();
    const { status, body } = await call('POST', '/v1/contacts', { body: { lastName: 'X', leadId: `lead_${newUlid(testNow)}` } });
    expect(status).toBe(422);
    expect(body.errors[0].pointer).toBe('/leadId');
  });
});

const eur = (amount: number) => ({ amount, currency: 'EUR' });

const dealOf = (accountId: string, status = 'open', amount = 1000) => ({
  id: `deal_${newUlid(testNow)}`,
  name: 'Robots',
  accountId,
  status,
  amount: eur(amount),
  contacts: [],
  tags: [],
  probability: 10,
  pipelineId: defaultPipeline.id,
  stageId: defaultPipeline.stages[0]?.id,
  stageEnteredAt: at,
  createdAt: at,
  updatedAt: at,
  version: 1,
});

const fact = (
  contract: EventContract,
  data: Record<string, unknown> & { deal: { id: string } & Record<string, unknown> },
  sequence: number,
) => busEvent({ source: 'deals', contract, data, subject: data.deal.id, sequence });

describe("deals' news", () => {
  it('make a customer of a prospect without a caller having changed it, and leave a partner a partner', async () => {
    const { post, get, hear, call } = open();
    const account = await post('/v1/accounts', { name: 'Acme' });
    const partner = await post('/v1/accounts', { name: 'Pal', type: 'partner' });
    const etag = (await call('GET', `/v1/accounts/${account.id}`)).headers.etag ?? '';
    await hear(fact(DealWon, { deal: dealOf(account.id, 'won') }, 2), fact(DealWon, { deal: dealOf(partner.id, 'won') }, 2));
    expect(await get(`/v1/accounts/${account.id}`)).toMatchObject({
      type: 'customer',
      version: 1,
      wonDeals: 1,
      openDeals: 0,
      wonAmount: [eur(1000)],
    });
    expect(await get(`/v1/accounts/${partner.id}`)).toMatchObject({ type: 'partner', wonDeals: 1 });
    const headers = { 'if-none-match': etag };
    expect((await call('GET', `/v1/accounts/${account.id}`, { headers })).status).toBe(200);
  });

  it('about a gone or unknown account are taken note of without effect', async () => {
    const { hear, edge } = open();
    await hear(fact(DealCreated, { deal: dealOf(unknownAccount) }, 1));
    expect(edge.table.items('account-counters')).toEqual([]);
  });

  it('count once although who they named is gone by the time they come again', async () => {
    const { post, get, hear, call } = open();
    const account = await post('/v1/accounts', { name: 'Acme' });
    const contact = await post('/v1/contacts', { lastName: 'Doe' });
    const created = fact(DealCreated, { deal: { ...dealOf(account.id), contacts: [{ contactId: contact.id }] } }, 1);
    await hear(created);
    await call('DELETE', `/v1/contacts/${contact.id}`);
    await hear(created);
    expect(await get(`/v1/accounts/${account.id}`)).toMatchObject({ openDeals: 1 });
  });

  it('count exactly once each, in whichever order and however often they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), fc.array(fc.nat(), { maxLength: 6 }), async (order, repeats) => {
        const { post, get, hear } = open();
        const [a, b] = [await post('/v1/accounts', { name: 'A' }), await post('/v1/accounts', { name: 'B' })];
        const first = dealOf(a.id);
        const second = { ...dealOf(a.id), amount: { amount: 7, currency: 'USD' } };
        const third = dealOf(b.id);
        const fourth = dealOf(b.id);
        const facts = [
          // Won, reopened, won at another price, and corrected after that.
          fact(DealCreated, { deal: first }, 1),
          fact(DealWon, { deal: { ...first, status: 'won' } }, 2),
          fact(DealReopened, { deal: first, from: 'won' }, 3),
          fact(DealUpdated, { deal: { ...first, amount: eur(1500) }, changed: ['amount'], previous: { amount: eur(1000) } }, 4),
          fact(DealWon, { deal: { ...first, status: 'won', amount: eur(1500) } }, 5),
          fact(
            DealUpdated,
            { deal: { ...first, status: 'won', amount: eur(1600) }, changed: ['amount'], previous: { amount: eur(1500) } },
            6,
          ),
          // Won and moved to the other account.
          fact(DealCreated, { deal: second }, 1),
          fact(DealWon, { deal: { ...second, status: 'won' } }, 2),
          fact(
            DealUpdated,
            { deal: { ...second, status: 'won', accountId: b.id }, changed: ['accountId'], previous: { accountId: a.id } },
            3,
          ),
          // Lost, reopened, and now without an account.
          fact(DealCreated, { deal: third }, 1),
          fact(DealLost, { deal: { ...third, status: 'lost' }, reason: 'price' }, 2),
          fact(DealReopened, { deal: third, from: 'lost' }, 3),
          // Won and deleted.
          fact(DealCreated, { deal: fourth }, 1),
          fact(DealWon, { deal: { ...fourth, status: 'won' } }, 2),
          fact(DealDeleted, { deal: { ...fourth, status: 'won' } }, 3),
        ];
        const twice = [...facts, ...repeats.flatMap((n) => facts[n % facts.length] ?? [])];
        const weighted = twice.map((event) => ({ event, weight: order.next().value ?? 0 }));
        const shuffled = weighted.toSorted((x, y) => x.weight - y.weight);
        // One delivery each: a batch would put a subject's events in order again.
        for (const { event } of shuffled) await hear(event);
        expect(await get(`/v1/accounts/${a.id}`)).toMatchObject({ openDeals: 0, wonDeals: 1, wonAmount: [eur(1600)], type: 'customer' });
        expect(await get(`/v1/accounts/${b.id}`)).toMatchObject({ openDeals: 1, wonDeals: 1, wonAmount: [{ amount: 7, currency: 'USD' }] });
      }),
      { numRuns: 25, seed: 20_261_122 },
    );
  });
});
