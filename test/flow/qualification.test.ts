import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CriteriaInput } from '#contracts/resources/qualification.ts';
import { busOf, eventually, type Product, startProduct } from '../product.ts';

let product: Product;
let bus: EventBridgeClient;

beforeAll(async () => {
  product = await startProduct();
  bus = busOf(product);
});
afterAll(async () => {
  bus.destroy();
  await product.stop();
});

const tell = async (detailType: string, detail: unknown) => {
  const entry = { EventBusName: 'leadline-local', Source: 'marketing.mailer', DetailType: detailType, Detail: JSON.stringify(detail) };
  const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  expect(FailedEntryCount).toBe(0);
};

const criteria = (changes: Partial<CriteriaInput> = {}): CriteriaInput => ({
  rules: [
    { id: 'company', label: 'Company given', when: { field: 'company', op: 'exists' }, points: 15 },
    { id: 'title', label: 'Decides', when: { field: 'jobTitle', op: 'contains', value: 'head' }, points: 10 },
  ],
  signals: { 'email-click': { points: 5, halfLifeDays: 14, max: 12 }, 'demo-request': { points: 60 } },
  thresholds: { warm: 30, hot: 70, mql: 50 },
  autoQualify: { enabled: false, minScore: 70, requiredFields: ['email', 'company'] },
  ...changes,
});
const put = async (changes: Partial<CriteriaInput> = {}) =>
  (await product.client.call('replaceCriteria', { body: criteria(changes) })).body;

let people = 0;
const newLead = async (fields: object = {}) => {
  people += 1;
  const { body } = await product.client.call('createLead', {
    body: { email: `p${people}@score.example`, company: 'Score Ltd', ...fields },
  });
  return body;
};
const standing = async (leadId: string) => (await product.client.call('getQualification', { params: { leadId } })).body;
const lead = async (leadId: string) => (await product.client.call('getLead', { params: { leadId } })).body;
const sumOf = ({ contributions }: Awaited<ReturnType<typeof standing>>) =>
  contributions.reduce((sum, { points }) => sum + Math.round(points * 10), 0) / 10;

describe('criteria', () => {
  it('are kept in every version, and one that is no longer in force is not overwritten unseen', async () => {
    const { status, headers } = await product.request('GET', '/v1/qualification/criteria');
    expect(status).toBe(200);
    const next = await product.request('PUT', '/v1/qualification/criteria', {
      body: criteria(),
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
    expect(next.status).toBe(200);
    expect(next.body).toMatchObject({ version: 2, rules: [{ id: 'company' }, { id: 'title' }] });
    const late = await product.request('PUT', '/v1/qualification/criteria', {
      body: criteria(),
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
    expect(late.status).toBe(412);
    expect((await product.request('GET', '/v1/qualification/criteria?version=1')).body.rules.length).toBeGreaterThan(5);
    expect((await product.request('GET', '/v1/qualification/criteria?version=2')).body).toEqual(next.body);
    expect((await product.request('GET', '/v1/qualification/criteria?version=3')).status).toBe(404);
  });

  it('score every open lead anew, also when two changes follow each other at once: the later one holds', async () => {
    const leads = await Promise.all(Array.from({ length: 60 }, () => newLead({ jobTitle: 'Head of Sales' })));
    await put({ rules: [{ id: 'company', label: 'Company', when: { field: 'company', op: 'exists' }, points: 40 }] });
    const last = await put({ rules: [{ id: 'title', label: 'Title', when: { field: 'jobTitle', op: 'exists' }, points: 80 }] });
    for (const { id } of leads) {
      await eventually(
        () => standing(id),
        ({ criteriaVersion, score }) => criteriaVersion === last.version && score === 80,
        30,
      );
    }
    await eventually(
      () => lead(leads[0]?.id ?? ''),
      ({ rating }) => rating === 'hot',
    );
  });

  it('can be tried before they are put in force, and nothing changes by it', async () => {
    const before = (await product.client.call('getCriteria', {})).body;
    const { body } = await product.client.call('simulateCriteria', {
      body: { criteria: criteria({ rules: [{ id: 'none', label: 'None', when: { field: 'company', op: 'exists' }, points: 0.5 }] }) },
    });
    expect(body).toMatchObject({ warm: 0, hot: 0, mql: 0, autoQualified: 0, sampled: false });
    expect(body.leads).toBe(body.cold);
    expect(body.leads).toBeGreaterThanOrEqual(60);
    expect(body.changes).toHaveLength(20);
    expect(body.changes[0]).toEqual({ leadId: expect.stringMatching(/^lead_/), from: 'hot', to: 'cold' });
    expect((await product.client.call('getCriteria', {})).body).toEqual(before);
  });
});

describe('a signal', () => {
  beforeAll(async () => {
    await put();
  });

  it('counts for the lead, once for its externalId, and is shown with what is left of it', async () => {
    const { id, email } = await newLead();
    const twoWeeksAgo = new Date(Date.now() - 14 * 24 * 60 * 60 * 1000).toISOString();
    const seen = (body: object) => product.request('POST', '/v1/signals', { body });
    expect((await seen({ leadId: id, type: 'demo-request' })).status).toBe(202);
    expect((await seen({ leadId: id, type: 'email-click', occurredAt: twoWeeksAgo, externalId: 'click-1' })).body.status).toBe('counted');
    const again = await seen({ leadId: id, type: 'email-click', externalId: 'click-1' });
    expect({ status: again.status, receipt: again.body.status }).toEqual({ status: 202, receipt: 'repeated' });
    const now = await standing(id);
    expect(now).toMatchObject({
      score: 77.5,
      rating: 'hot',
      signals: [
        { type: 'demo-request', points: 60 },
        { type: 'email-click', points: 2.5 },
      ],
    });
    expect(sumOf(now)).toBe(77.5);
    await eventually(
      () => seen({ email, type: 'email-click' }),
      ({ body }) => body.status === 'counted',
    );
    expect((await seen({ leadId: id, type: 'no-such-type' })).body.errors).toMatchObject([{ pointer: '/type' }]);
    expect((await seen({ leadId: 'lead_01J00000000000000000000000', type: 'email-click' })).body.errors).toMatchObject([
      { pointer: '/leadId' },
    ]);
  });

  it('from an address that no lead has is kept, and applied when that lead appears', async () => {
    const { body: receipt } = await product.client.call('recordSignal', { body: { email: 'Early@Bird.example', type: 'demo-request' } });
    expect(receipt.status).toBe('waiting');
    const { id } = await newLead({ email: 'early@bird.example' });
    await eventually(
      () => standing(id),
      ({ score }) => score === 75,
    );
  });

  it('is heard from the bus too; one that the criteria do not name is a dead letter', async () => {
    const { id, email } = await newLead();
    await eventually(
      () => standing(id),
      ({ score }) => score === 15,
    );
    await tell('EngagementRecorded', { email, type: 'demo-request', externalId: 'bus-1', properties: { campaign: 'x' } });
    await tell('EngagementRecorded', { leadId: id, type: 'demo-request', externalId: 'bus-1' });
    await tell('EngagementRecorded', { email, type: 'nonsense' });
    await eventually(
      () => standing(id),
      ({ score }) => score === 75,
    );
    const [letter] = await eventually(
      async () => (await product.client.call('listDeadLetters', {})).body.data,
      (letters) => letters.length > 0,
    );
    expect(letter).toMatchObject({ consumer: 'qualification', detailType: 'EngagementRecorded', event: { source: 'marketing.mailer' } });
    expect((await standing(id)).score).toBe(75);
  });
});

describe('a lead', () => {
  it('is qualified by an automation, also by one that was faster than the lead', async () => {
    const { id } = await newLead();
    await tell('QualificationRequested', { leadId: id, reason: 'asked for an offer' });
    await tell('QualificationRequested', { email: 'soon@bird.example', createDeal: false });
    const converted = await eventually(
      () => lead(id),
      ({ convertedTo }) => convertedTo?.dealId !== undefined,
    );
    expect(converted.status).toBe('converted');
    expect((await standing(id)).history[1]).toMatchObject({
      to: 'qualified',
      actor: 'automation:marketing.mailer',
      reason: 'asked for an offer',
    });
    const later = await newLead({ email: 'soon@bird.example' });
    await eventually(
      () => lead(later.id),
      ({ status }) => status === 'converted',
    );
  });

  it('is handed to sales by its score alone once it has what sales needs, and gets a deal', async () => {
    const last = await put({ autoQualify: { enabled: true, minScore: 70, requiredFields: ['company', 'phone'] } });
    const { id } = await newLead();
    await product.client.call('recordSignal', { body: { leadId: id, type: 'demo-request' } });
    await eventually(
      () => standing(id),
      ({ score, criteriaVersion }) => score === 75 && criteriaVersion === last.version,
    );
    expect((await standing(id)).status).toBe('new');
    await product.client.call('updateLead', { params: { leadId: id }, body: { phone: '+44 20 7946 0958' } });
    await eventually(
      () => lead(id),
      ({ convertedTo }) => convertedTo?.dealId !== undefined,
    );
    expect((await standing(id)).history).toMatchObject([{ to: 'converted' }, { to: 'qualified', actor: 'system:qualification' }]);
  });

  it('is nurtured until a day and then worked again by itself', async () => {
    const { id } = await newLead();
    const today = new Date().toISOString().slice(0, 10);
    const nurture = (body: object) => product.request('POST', `/v1/leads/${id}/nurture`, { body });
    expect((await nurture({ until: '2020-01-01' })).body.errors).toMatchObject([{ pointer: '/until' }]);
    expect((await nurture({ until: today, note: 'Budget next year' })).body).toMatchObject({ status: 'nurturing' });
    await eventually(
      () => lead(id),
      ({ status }) => status === 'working',
      90,
    );
    expect((await standing(id)).history).toMatchObject([
      { from: 'nurturing', to: 'working', actor: 'system:qualification' },
      { from: 'new', to: 'nurturing', reason: 'Budget next year' },
    ]);
    expect((await product.request('POST', `/v1/leads/${id}/nurture`)).status).toBe(200);
    expect((await product.request('POST', `/v1/leads/${id}/work`)).body.status).toBe('working');
  }, 120_000);
});

describe('the funnel', () => {
  it('counts how far the leads of a period have come', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const { body } = await product.client.call('getFunnel', { query: { from: today, to: today } });
    expect(body.captured).toMatchObject({ rate: null, medianDays: null });
    expect(body.captured.count).toBeGreaterThanOrEqual(60);
    expect(body.converted.count).toBe(3);
    expect(body.qualified.count).toBe(3);
    expect(body.converted).toMatchObject({ rate: 1, medianDays: 0 });
    expect(body.won.count).toBe(0);
    expect((await product.client.call('getFunnel', { query: { from: '2020-01-01', to: '2020-12-31' } })).body.captured.count).toBe(0);
  });
});
