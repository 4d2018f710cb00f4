import { describe, expect, it } from 'vitest';
import type { DataOf } from '#contracts/core/event.ts';
import { LeadConverted } from '#contracts/events/accounts.ts';
import { LeadQualified } from '#contracts/events/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { ConversionWish } from '#contracts/resources/qualification.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newUlid } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { accounts } from './service.ts';

const at = new Date(testNow).toISOString();

const leadOf = (fields: Partial<LeadState> = {}): LeadState => ({
  id: `lead_${newUlid(testNow)}`,
  kind: 'person',
  priority: 'normal',
  firstName: 'Jane',
  lastName: 'Doe',
  email: 'jane@acme.example',
  company: 'Acme GmbH',
  source: 'website',
  channel: 'web-form',
  tags: ['fair'],
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...fields,
});

const nothing: Partial<DataOf<typeof LeadConverted>> = {};

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveHttp({ service: accounts, handlers, edge }));
  const deliver = serveEvents({ service: accounts, handlers: eventHandlers, edge });
  const qualifiedEvent = (lead: LeadState, wish: Partial<ConversionWish> = {}, sequence = 2) =>
    busEvent({
      source: 'qualification',
      contract: LeadQualified,
      subject: lead.id,
      sequence,
      data: {
        lead,
        score: 35,
        rating: 'warm',
        conversion: { createDeal: true, ...wish },
        standing: { status: 'qualified', lifecycleStage: 'sql', score: 35, rating: 'warm', actions: 1 },
      },
    });
  const hear = async (...events: unknown[]) => {
    expect((await deliver(queueEvent(events), testContext())).batchItemFailures).toEqual([]);
  };
  const said = (name: string) => edge.table.events.filter(({ detailType }) => detailType === name).map(({ detail }) => detail.data);
  const post = async (path: string, body: unknown) => {
    edge.clock.advance(1);
    const answer = await call('POST', path, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body;
  };
  return {
    edge,
    call,
    hear,
    qualifiedEvent,
    said,
    post,
    convert: async (lead: LeadState, wish: Partial<ConversionWish> = {}, sequence = 2) => {
      await hear(qualifiedEvent(lead, wish, sequence));
      return LeadConverted.data.safeParse(said('LeadConverted').at(-1)).data ?? nothing;
    },
    get: async (path: string) => (await call('GET', path)).body,
  };
};

describe('converting a lead', () => {
  it('makes a contact at a new account of its company, once however often the event comes', async () => {
    const { hear, qualifiedEvent, said, get } = open();
    const lead = leadOf({ phone: '030 1', jobTitle: 'CEO', owner: 'kim', country: 'DE', message: 'Please call' });
    const event = qualifiedEvent(lead);
    await hear(event);
    await hear(event, event);
    await hear(qualifiedEvent(lead, {}, 3));
    expect(said('LeadConverted')).toHaveLength(1);
    expect(said('LeadConverted')[0]).toMatchObject({
      leadId: lead.id,
      contactCreated: true,
      accountCreated: true,
      accountName: 'Acme GmbH',
      conversion: { createDeal: true },
      lead: { company: 'Acme GmbH', source: 'website' },
    });
    const { data: contacts } = await get('/v1/contacts?email=JANE@acme.example');
    expect(contacts).toMatchObject([
      {
        firstName: 'Jane',
        lastName: 'Doe',
        jobTitle: 'CEO',
        owner: 'kim',
        leadId: lead.id,
        tags: ['fair'],
        phones: [{ label: 'main', value: '030 1' }],
      },
    ]);
    expect(await get(`/v1/accounts/${contacts[0].accountId}`)).toMatchObject({
      name: 'Acme GmbH',
      kind: 'business',
      type: 'prospect',
      domain: 'acme.example',
      addresses: [{ country: 'DE' }],
      version: 1,
      contactCount: 1,
      openDeals: 0,
      wonDeals: 0,
      wonAmount: [],
    });
  });

  it('of one company, eight at once, gives one account with eight contacts', async () => {
    const { hear, qualifiedEvent, get } = open();
    const names = ['Acme', 'ACME', 'Acme Inc.', 'Acmé', 'acme gmbh', 'Acme, Ltd', 'Acme S.A.', 'Acme AG'];
    await Promise.all(
      names.map((company, i) => hear(qualifiedEvent(leadOf({ company, email: `p${i}@${i % 2 ? 'gmail.com' : 'acme.example'}` })))),
    );
    const { data } = await get('/v1/accounts');
    expect(data).toHaveLength(1);
    expect(data[0].contactCount).toBe(8);
    expect((await get(`/v1/accounts/${data[0].id}/contacts`)).data).toHaveLength(8);
  });

  it('of one person, captured twice at once, gives one contact', async () => {
    const { hear, qualifiedEvent, said, get } = open();
    await Promise.all([hear(qualifiedEvent(leadOf())), hear(qualifiedEvent(leadOf()))]);
    expect(said('LeadConverted')).toMatchObject([{ contactCreated: true }, { contactCreated: false, accountCreated: false }]);
    expect((await get('/v1/contacts')).data).toHaveLength(1);
  });

  it('finds the contact by a former address, and its account before that of the domain', async () => {
    const { convert, call, post } = open();
    const [own] = [
      await post('/v1/accounts', { name: 'Jane Consulting' }),
      await post('/v1/accounts', { name: 'Acme', domain: 'acme.example' }),
    ];
    const jane = await post('/v1/contacts', { email: 'jane@acme.example', accountId: own.id });
    await call('PATCH', `/v1/contacts/${jane.id}`, { body: { email: 'jane@consulting.example' } });
    expect(await convert(leadOf())).toMatchObject({ contactId: jane.id, accountId: own.id, contactCreated: false, accountCreated: false });
  });

  it('finds the oldest account by domain, then by name, and never by a free-mail domain', async () => {
    const { convert, post } = open();
    const byName = await post('/v1/accounts', { name: 'acme, inc.' });
    const oldest = await post('/v1/accounts', { name: 'Something', domain: 'acme.example' });
    await post('/v1/accounts', { name: 'Acme', domain: 'acme.example' });
    await post('/v1/accounts', { name: 'Post', domain: 'gmail.com' });
    expect((await convert(leadOf())).accountId).toBe(oldest.id);
    expect((await convert(leadOf({ email: 'joe@gmail.com' }))).accountId).toBe(byName.id);
    expect(await convert(leadOf({ email: 'ann@gmail.com', company: 'Other' }))).toMatchObject({ accountCreated: true });
  });

  it('passes on to the next oldest when the oldest takes another name', async () => {
    const { convert, post, call } = open();
    const [first, second] = [await post('/v1/accounts', { name: 'Acme' }), await post('/v1/accounts', { name: 'Acme Ltd' })];
    await call('PATCH', `/v1/accounts/${first.id}`, { body: { name: 'Zenith' } });
    expect((await convert(leadOf({ email: 'a@x.example' }))).accountId).toBe(second.id);
    await call('PATCH', `/v1/accounts/${second.id}`, { body: { name: 'Nadir' } });
    expect((await convert(leadOf({ email: 'b@y.example' }))).accountCreated).toBe(true);
    await call('PATCH', `/v1/accounts/${first.id}`, { body: { name: 'Acme' } });
    expect((await convert(leadOf({ email: 'c@z.example' }))).accountId).toBe(first.id);
  });

  it('fills blanks and overwrites nothing, and writes nothing to what has none', async () => {
    const { convert, get, post, said } = open();
    const account = await post('/v1/accounts', { name: 'Acme', website: 'https://acme.example', owner: 'kim' });
    const contact = await post('/v1/contacts', { email: 'jane@acme.example', firstName: 'Janet' });
    const lead = leadOf({ website: 'https://other.example', owner: 'lee', jobTitle: 'CTO' });
    expect(await convert(lead)).toMatchObject({ contactId: contact.id, accountId: account.id });
    expect(await get(`/v1/contacts/${contact.id}`)).toMatchObject({
      firstName: 'Janet',
      lastName: 'Doe',
      jobTitle: 'CTO',
      accountId: account.id,
      owner: 'lee',
      version: 1,
    });
    expect(await get(`/v1/accounts/${account.id}`)).toMatchObject({
      website: 'https://acme.example',
      domain: 'acme.example',
      owner: 'kim',
      contactCount: 1,
    });
    expect(said('ContactUpdated')).toHaveLength(1);
    expect(said('AccountUpdated')).toMatchObject([{ changed: ['domain'] }]);
    await convert({ ...lead, id: leadOf().id });
    expect(said('ContactUpdated')).toHaveLength(1);
    expect(said('AccountUpdated')).toHaveLength(1);
  });

  it('respects the contact and account that were given', async () => {
    const { convert, post, get } = open();
    const [account, contact] = [await post('/v1/accounts', { name: 'Holding' }), await post('/v1/contacts', { lastName: 'Smith' })];
    expect(await convert(leadOf(), { accountId: account.id, contactId: contact.id })).toMatchObject({
      accountId: account.id,
      contactId: contact.id,
    });
    expect(await get(`/v1/contacts/${contact.id}`)).toMatchObject({
      lastName: 'Smith',
      firstName: 'Jane',
      email: 'jane@acme.example',
      accountId: account.id,
    });
    expect((await get('/v1/contacts?email=jane@acme.example')).data).toHaveLength(1);
  });

  it('that names no company makes an individual account of the person', async () => {
    const { convert, get } = open();
    const { company: _, ...lead } = leadOf();
    const { accountId } = await convert(lead);
    expect(await get(`/v1/accounts/${accountId}`)).toMatchObject({ name: 'Jane Doe', kind: 'individual' });
    expect((await convert({ ...lead, id: leadOf().id, email: 'joe@acme.example', firstName: 'Joe' })).accountCreated).toBe(true);
  });

  it('that names nobody but a company still makes a contact', async () => {
    const { convert, get } = open();
    const { firstName: _f, lastName: _l, email: _e, ...lead } = leadOf();
    const { contactId } = await convert(lead);
    expect(await get(`/v1/contacts/${contactId}`)).toMatchObject({ lastName: 'Acme GmbH' });
  });

  it('into an account that is gone fails with the reason, and can be asked again', async () => {
    const { convert, said, get } = open();
    const lead = leadOf();
    const accountId = `acct_${newUlid(testNow)}`;
    await convert(lead, { accountId }, 2);
    expect(said('ConversionFailed')).toEqual([{ leadId: lead.id, reason: 'The account it was to belong to is gone.', qualifiedBy: '2' }]);
    expect((await get('/v1/contacts')).data).toEqual([]);
    await convert(lead, { accountId }, 2);
    expect(said('ConversionFailed')).toHaveLength(1);
    expect(await convert(lead, {}, 3)).toMatchObject({ accountCreated: true });
    await convert(lead, { accountId }, 2);
    expect(said('ConversionFailed')).toHaveLength(1);
    expect(said('LeadConverted')).toHaveLength(1);
  });

  it('takes two reads and one transaction at most', async () => {
    const { convert, edge, post } = open();
    const measured = async (work: () => Promise<unknown>) => {
      const before = edge.table.consumed.calls;
      await work();
      return edge.table.consumed.calls - before;
    };
    expect(await measured(() => convert(leadOf()))).toBeLessThanOrEqual(3);
    await post('/v1/accounts', { name: 'Acme', domain: 'acme.example' });
    expect(await measured(() => convert(leadOf({ email: 'joe@acme.example' })))).toBeLessThanOrEqual(3);
    expect(await measured(() => convert(leadOf()))).toBeLessThanOrEqual(3);
  });
});
