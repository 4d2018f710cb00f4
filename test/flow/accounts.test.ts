import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const post = async (path: string, body: unknown, status = 201) => {
  const answer = await product.request('POST', path, { body });
  expect(answer.status, answer.text).toBe(status);
  return answer.body;
};
const get = async (path: string) => (await product.request('GET', path)).body;
const typesOf = async (path: string): Promise<string[]> => (await get(path)).data.map(({ type }: { type: string }) => type);

/** From a form post to the deal. */
const convertedLead = async (email: string, company: string) => {
  const form = await post('/v1/forms', { name: 'Contact us', source: 'website' });
  await product.request('POST', `/v1/forms/${form.id}/submissions`, {
    body: new URLSearchParams({ email, company, name: 'Ada Lovelace' }),
    key: null,
  });
  const { data } = await get(`/v1/leads?email=${email}`);
  const leadId: string = data[0].id;
  await post('/v1/interactions', { leadId, kind: 'email', direction: 'outbound', subject: 'Hello', externalId: `mail-${email}` });
  await post(`/v1/leads/${leadId}/qualify`, {}, 202);
  const { convertedTo } = await eventually(
    () => get(`/v1/leads/${leadId}`),
    (lead) => lead.convertedTo?.dealId !== undefined,
  );
  return { leadId, ...convertedTo };
};

describe('accounts and contacts', () => {
  it('tell the whole story, from the web form to the won deal, with every interaction', async () => {
    const { leadId, contactId, accountId, dealId } = await convertedLead('ada@story.example', 'Story Ltd');
    await post('/v1/interactions', { dealId, kind: 'call', direction: 'inbound' });
    await post(`/v1/deals/${dealId}/win`, {}, 200);
    const whole = ['LeadCaptured', 'LeadQualified', 'LeadConverted', 'ContactCreated', 'DealCreated', 'DealWon'];
    for (const path of [`/v1/contacts/${contactId}`, `/v1/accounts/${accountId}`]) {
      const types = await eventually(
        () => typesOf(`${path}/timeline?limit=100`),
        (found) => whole.every((type) => found.includes(type)) && found.filter((type) => type === 'InteractionLogged').length === 2,
      );
      for (const type of whole) expect(types.filter((one) => one === type)).toHaveLength(1);
      expect(types.at(-1)).toBe('LeadCaptured');
      const summary = await get(`${path}/interactions/summary`);
      expect(summary).toMatchObject({ total: 2, byKind: { email: { outbound: 1 }, call: { inbound: 1 } } });
      expect(summary.firstAt < summary.lastAt).toBe(true);
      expect(await typesOf(`${path}/timeline?kind=call`)).toEqual(['InteractionLogged']);
    }
    await eventually(
      () => typesOf(`/v1/leads/${leadId}/timeline`),
      (types) => types.includes('InteractionLogged'),
    );
    await eventually(
      () => typesOf(`/v1/deals/${dealId}/timeline`),
      (types) => types.includes('InteractionLogged'),
    );
  });

  it('merge with contacts, deals, counters and timeline, and the old ids lead to the survivors', async () => {
    const one = await convertedLead('ada@one.example', 'One Ltd');
    const two = await convertedLead('ada@two.example', 'Two Ltd');
    const before = await eventually(
      () => get(`/v1/accounts/${two.accountId}`),
      ({ openDeals }) => openDeals === 1,
    );
    expect(before.contactCount).toBe(1);
    await post(`/v1/accounts/${one.accountId}/merge`, { sourceId: two.accountId }, 200);
    const merged = await eventually(
      () => get(`/v1/accounts/${one.accountId}`),
      ({ openDeals }) => openDeals === 2,
    );
    expect(merged.contactCount).toBe(2);
    await eventually(
      () => get(`/v1/contacts/${two.contactId}`),
      ({ accountId }) => accountId === one.accountId,
    );
    await eventually(
      () => get(`/v1/deals/${two.dealId}`),
      ({ accountId }) => accountId === one.accountId,
    );
    const redirect = await product.request('GET', `/v1/accounts/${two.accountId}`);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([301, `/v1/accounts/${one.accountId}`]);
    await eventually(
      () => typesOf(`/v1/contacts/${two.contactId}/timeline?limit=100`),
      (types) => types.includes('DealCreated'),
    );

    await post(`/v1/contacts/${one.contactId}/merge`, { sourceId: two.contactId }, 200);
    await eventually(
      () => get(`/v1/deals/${two.dealId}`),
      ({ contacts }) => contacts.length === 1 && contacts[0].contactId === one.contactId,
    );
    const { data } = await get('/v1/contacts?email=ada@two.example');
    expect(data).toMatchObject([{ id: one.contactId, formerEmails: ['ada@two.example'] }]);
    expect(await get(`/v1/accounts/${one.accountId}`)).toMatchObject({ contactCount: 1, openDeals: 2 });
    const types = await typesOf(`/v1/accounts/${one.accountId}/timeline?limit=100`);
    for (const type of ['LeadCaptured', 'LeadConverted', 'DealCreated']) expect(types.filter((found) => found === type)).toHaveLength(2);
    for (const type of ['AccountMerged', 'ContactMerged']) expect(types.filter((found) => found === type)).toHaveLength(1);
  });

  it('merged into each other at once end as one', async () => {
    const [a, b] = [await post('/v1/contacts', { email: 'a@race.example' }), await post('/v1/contacts', { email: 'b@race.example' })];
    const answers = await Promise.all(
      [
        [a.id, b.id],
        [b.id, a.id],
      ].map(([target, sourceId]) => product.request('POST', `/v1/contacts/${target}/merge`, { body: { sourceId } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const survivor = answers.find(({ status }) => status === 200)?.body;
    expect(answers.find(({ status }) => status === 409)?.body.mergedInto).toBe(survivor.id);
    for (const email of ['a@race.example', 'b@race.example']) {
      expect((await get(`/v1/contacts?email=${email}`)).data).toMatchObject([{ id: survivor.id }]);
    }
  });

  it('come apart when an account is deleted: contacts and deals stay', async () => {
    const { accountId, contactId, dealId } = await convertedLead('ada@apart.example', 'Apart Ltd');
    expect((await product.request('DELETE', `/v1/accounts/${accountId}`)).status).toBe(409);
    expect((await product.request('DELETE', `/v1/accounts/${accountId}?cascade=detach`)).status).toBe(204);
    await eventually(
      () => get(`/v1/contacts/${contactId}`),
      (contact) => contact.accountId === undefined && contact.formerAccounts[0]?.accountId === accountId,
    );
    await eventually(
      () => get(`/v1/deals/${dealId}`),
      (deal) => deal.status === 'open' && deal.accountId === undefined,
    );
    expect((await product.request('GET', `/v1/accounts/${accountId}`)).status).toBe(404);
    const elsewhere = await post('/v1/accounts', { name: 'Elsewhere' });
    expect(await post(`/v1/contacts/${contactId}/move`, { accountId: elsewhere.id }, 200)).toMatchObject({ accountId: elsewhere.id });
    expect((await product.request('DELETE', `/v1/contacts/${contactId}`)).status).toBe(204);
    expect(await get(`/v1/accounts/${elsewhere.id}`)).toMatchObject({ contactCount: 0 });
    await post('/v1/contacts', { email: 'ada@apart.example' });
  });
});
