import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { ContactCreated, ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import { DealCreated, DealWon } from '#contracts/events/deals.ts';
import { LeadQualified, LeadScored, LeadStatusChanged } from '#contracts/events/qualification.ts';
import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

const contactId = newId('contact', testNow);
const accountId = newId('account', testNow);

const open = async (email: string | undefined = 'ada@example.com') => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const consume = consumeForIntake(edge);
  const { body: lead } = await call('POST', '/v1/leads', { body: { email, lastName: 'Lovelace', phone: '030 1' } });
  const hear = async (...events: unknown[]) => {
    const result = await consume(queueEvent(events), testContext());
    expect(result.batchItemFailures).toEqual([]);
  };
  const said = (contract: EventContract, data: unknown, sequence = 1, more: Record<string, unknown> = {}) =>
    busEvent({ source: contract.sources[0] ?? 'intake', contract, data, subject: lead.id, sequence, ...more });
  const listed = async () => (await call('GET', '/v1/leads')).body.data.find(({ id }: { id: string }) => id === lead.id);
  const read = async () => (await call('GET', `/v1/leads/${lead.id}`)).body;
  return { edge, call, hear, said, listed, read, lead };
};

const standing = (more: Record<string, unknown> = {}) => ({
  status: 'new',
  lifecycleStage: 'lead',
  score: 0,
  rating: 'cold',
  actions: 0,
  ...more,
});

const scored = (score: number, more: Record<string, unknown> = {}) => ({
  score,
  rating: 'warm',
  lifecycleStage: 'lead',
  previous: null,
  criteriaVersion: 1,
  standing: standing({ score, rating: 'warm', ...more }),
});

const qualified = (lead: unknown, actions = 1) => ({
  lead,
  score: 40,
  rating: 'warm',
  conversion: { createDeal: true },
  standing: standing({ status: 'qualified', lifecycleStage: 'sql', score: 40, rating: 'warm', actions, conversion: { status: 'pending' } }),
});

const stateOf = ({ status: _s, score: _c, rating: _r, lifecycleStage: _l, ...state }: Record<string, unknown>) => state;

const converted = (lead: Record<string, unknown>) => ({
  leadId: lead.id,
  contactId,
  accountId,
  contactCreated: true,
  accountCreated: true,
  accountName: 'Acme',
  conversion: { createDeal: true },
  lead: stateOf(lead),
});

const dealOf = (leadId: string) => ({
  id: newId('deal', testNow),
  name: 'Acme – New deal',
  leadId,
  accountId,
  contacts: [],
  lineItems: [],
  tags: [],
  pipelineId: newId('pipeline', testNow),
  stageId: newId('stage', testNow),
  probability: 10,
  status: 'open',
  stageEnteredAt: '2026-11-22T18:18:42.000Z',
  createdAt: '2026-11-22T18:18:42.000Z',
  updatedAt: '2026-11-22T18:18:42.000Z',
  version: 1,
});

const caused = (event: ReturnType<typeof busEvent>, causationId: string) => ({
  ...event,
  detail: { ...event.detail, metadata: { ...event.detail.metadata, causationId } },
});

describe('what qualification says of a lead', () => {
  it('shows in lists and in the timeline, once however often it comes', async () => {
    const { hear, said, listed, call, lead, edge } = await open();
    const event = said(LeadScored, scored(42));
    await hear(event, event);
    await hear(event);
    expect(await listed()).toMatchObject({ score: 42, rating: 'warm', status: 'new', version: 1 });
    const { data } = (await call('GET', `/v1/leads/${lead.id}/timeline`)).body;
    expect(data.map(({ type }: { type: string }) => type).sort()).toEqual(['LeadCaptured', 'LeadScored']);
    expect(data.find(({ type }: { type: string }) => type === 'LeadScored')).toMatchObject({
      id: event.detail.metadata.eventId,
      summary: 'Scored 42, warm.',
      actor: 'system:test',
    });
    expect(edge.table.items('inbox')).toEqual([]);
  });

  it('never goes back: an older sequence changes nothing but the timeline', async () => {
    const { hear, said, listed, call, lead } = await open();
    await hear(
      said(LeadStatusChanged, { from: 'new', to: 'working', standing: standing({ status: 'working', score: 50, actions: 1 }) }, 3),
    );
    await hear(said(LeadScored, scored(10), 2));
    expect(await listed()).toMatchObject({ status: 'working', score: 50, version: 2 });
    expect((await call('GET', `/v1/leads/${lead.id}/timeline`)).body.data).toHaveLength(3);
    expect((await call('GET', '/v1/leads?status=working')).body.data).toHaveLength(1);
  });

  it('is ignored once the lead is gone', async () => {
    const { hear, said, call, lead, edge } = await open();
    await call('DELETE', `/v1/leads/${lead.id}`);
    await hear(said(LeadScored, scored(42)), said(LeadConverted, converted(lead)));
    expect(edge.table.items('timeline')).toEqual([]);
    expect((await call('GET', `/v1/leads/${lead.id}`)).status).toBe(404);
    expect((await call('POST', '/v1/leads', { body: { email: 'ada@example.com' } })).body.knownContactId).toBeUndefined();
  });
});

describe('a conversion', () => {
  it('frees the e-mail: repeat business is a new lead that says whose it is, and both are found by the address', async () => {
    const { hear, said, call, lead, listed } = await open();
    await hear(said(LeadQualified, qualified(stateOf(lead)), 2));
    expect(await listed()).toMatchObject({ status: 'qualified', lifecycleStage: 'sql', conversion: { status: 'pending' }, version: 2 });
    await hear(said(LeadConverted, converted(lead)));
    expect(await listed()).toMatchObject({ status: 'converted', convertedTo: { contactId, accountId }, conversion: { status: 'done' } });
    const again = await call('POST', '/v1/leads', { body: { email: 'ada@example.com' } });
    expect(again.status).toBe(201);
    expect(again.body).toMatchObject({ knownContactId: contactId, touches: 1 });
    const found = (await call('GET', '/v1/leads?email=ada@example.com')).body.data.map(({ id }: { id: string }) => id).sort();
    expect(found).toEqual([lead.id, again.body.id].sort());
    const patched = await call('PATCH', `/v1/leads/${lead.id}`, { body: { company: 'Acme' } });
    expect(patched.body).toMatchObject({ status: 'converted', company: 'Acme' });
  });

  it('holds however late the rest arrives', async () => {
    const { hear, said, lead, listed } = await open();
    const deal = dealOf(lead.id);
    const created = caused(said(DealCreated, { deal }, 1, { subject: deal.id }), newId('event', testNow));
    await hear(said(DealWon, { deal: { ...deal, status: 'won' } }, 2, { subject: deal.id }));
    await hear(created);
    await hear(said(LeadConverted, converted(lead)));
    await hear(said(LeadQualified, qualified(stateOf(lead)), 2));
    await hear(said(ConversionFailed, { leadId: lead.id, reason: 'late', qualifiedBy: '2' }));
    expect(await listed()).toMatchObject({
      status: 'converted',
      lifecycleStage: 'customer',
      convertedTo: { contactId, accountId, dealId: deal.id },
      conversion: { status: 'done' },
      score: 40,
      version: 2,
    });
  });

  it('was to what its own deal is, not to one that a caller opens', async () => {
    const { hear, said, lead, listed } = await open();
    await hear(said(LeadConverted, converted(lead)));
    const callers = dealOf(lead.id);
    await hear(said(DealCreated, { deal: callers }, 1, { subject: callers.id }));
    expect((await listed()).convertedTo).toEqual({ contactId, accountId });
    const own = dealOf(lead.id);
    await hear(caused(said(DealCreated, { deal: own }, 1, { subject: own.id }), newId('event', testNow)));
    expect((await listed()).convertedTo.dealId).toBe(own.id);
  });

  it('that failed says why, unless the lead was qualified anew since', async () => {
    const { hear, said, lead, listed } = await open();
    await hear(said(ConversionFailed, { leadId: lead.id, reason: 'the account is gone', qualifiedBy: '2' }));
    await hear(said(LeadQualified, qualified(stateOf(lead)), 2));
    expect((await listed()).conversion).toEqual({ status: 'failed', reason: 'the account is gone' });
    await hear(said(LeadQualified, qualified(stateOf(lead), 2), 4));
    expect((await listed()).conversion).toEqual({ status: 'pending' });
    await hear(said(ConversionFailed, { leadId: lead.id, reason: 'old', qualifiedBy: '2' }));
    expect((await listed()).conversion).toEqual({ status: 'pending' });
  });

  it('that qualification knows of before its event arrives frees the e-mail too', async () => {
    const { edge, call, read, lead } = await open();
    edge.table.seed({
      ...qualificationRecordKey(lead.id),
      kind: 'qualification',
      data: {
        standing: { ...standing({ status: 'converted', lifecycleStage: 'sql', score: 60, convertedTo: { contactId, accountId } }) },
        actions: 1,
        updatedAt: '2026-11-22T18:19:00.000Z',
      },
    });
    expect(await read()).toMatchObject({ status: 'converted', score: 60, version: 2, updatedAt: '2026-11-22T18:19:00.000Z' });
    const again = await call('POST', '/v1/leads?onDuplicate=merge', { body: { email: 'ada@example.com' } });
    expect([again.status, again.body.knownContactId]).toEqual([201, contactId]);
  });
});

it('a change of a lead is held to the version that a lifecycle action has just raised', async () => {
  const { edge, call, lead } = await open();
  const record = { ...qualificationRecordKey(lead.id), kind: 'qualification' };
  edge.table.interfere(async () => {
    edge.table.seed({
      ...record,
      data: { standing: standing({ status: 'working' }), actions: 1, updatedAt: '2026-11-22T18:19:00.000Z' },
    });
  });
  const late = await call('PATCH', `/v1/leads/${lead.id}`, { body: { company: 'Acme' }, headers: { 'if-match': '"1.0"' } });
  expect(late.status).toBe(412);
  const now = await call('PATCH', `/v1/leads/${lead.id}`, { body: { company: 'Acme' }, headers: { 'if-match': '"2.0"' } });
  expect(now.body).toMatchObject({ version: 3, status: 'working' });
});

it('a contact’s address makes later leads say who they are, unless a conversion says so itself', async () => {
  const { hear, said, call } = await open();
  const contact = (email: string, more = {}) => ({
    contact: {
      id: contactId,
      email,
      emails: [],
      phones: [],
      addresses: [],
      tags: [],
      formerAccounts: [],
      formerEmails: [],
      createdAt: '2026-11-22T18:18:42.000Z',
      updatedAt: '2026-11-22T18:18:42.000Z',
      version: 1,
      ...more,
    },
  });
  const event = said(ContactCreated, contact('bo@example.com'), 1, { subject: contactId });
  await hear(event, said(ContactCreated, contact('cy@example.com', { leadId: newId('lead', testNow) }), 1, { subject: contactId }));
  await hear(event);
  const create = async (email: string) => (await call('POST', '/v1/leads', { body: { email } })).body;
  expect((await create('bo@example.com')).knownContactId).toBe(contactId);
  expect((await create('cy@example.com')).knownContactId).toBeUndefined();
});
