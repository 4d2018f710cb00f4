import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import { DealCreated, DealWon } from '#contracts/events/deals.ts';
import { LeadCaptured, LeadDeleted, LeadTouched } from '#contracts/events/intake.ts';
import { accountRecordKey } from '#contracts/records/account.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { QualificationRecord, qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newUlid } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { apiRoutes } from './routes.ts';
import { qualification } from './service.ts';

const at = new Date(testNow).toISOString();
const ids = { contactId: `cont_${newUlid(testNow)}`, accountId: `acct_${newUlid(testNow)}` };
const [firstStage] = defaultPipeline.stages;

/** The service with a lead that intake has just captured, of which no event has arrived. */
const open = (fields: Partial<LeadState> = {}) => {
  const edge = testEdge();
  const actor = seedKey(edge);
  const call = client(serveHttp({ service: qualification, routes: apiRoutes, handlers, edge }));
  const deliver = serveEvents({ service: qualification, handlers: eventHandlers, edge });
  let lead: LeadState = {
    id: `lead_${newUlid(testNow)}`,
    kind: 'person',
    priority: 'normal',
    email: 'jane@acme.example',
    source: 'website',
    channel: 'web-form',
    tags: [],
    touches: 1,
    createdAt: at,
    updatedAt: at,
    version: 1,
    ...fields,
  };
  let sequence = 0;
  const store = () => edge.table.seed({ ...leadRecordKey(lead.id), kind: 'lead', data: { lead, sequence } });
  const leadIs = (changes: Partial<LeadState>): number => {
    lead = { ...lead, ...changes };
    sequence += 1;
    store();
    return sequence;
  };
  leadIs({});

  const hear = async (source: 'intake' | 'accounts' | 'deals', contract: EventContract, data: unknown, sequence = 1, eventId?: string) => {
    const event = busEvent({ source, contract, data, subject: lead.id, sequence, ...(eventId === undefined ? {} : { eventId }) });
    const { batchItemFailures } = await deliver(queueEvent([event]), testContext());
    expect(batchItemFailures).toEqual([]);
  };
  const path = `/v1/leads/${lead.id}`;
  return {
    edge,
    actor,
    call,
    hear,
    leadIs,
    id: lead.id,
    state: () => lead,
    captured: () => hear('intake', LeadCaptured, { lead }, sequence),
    act: (action: string, body?: unknown, headers = {}) =>
      call('POST', `${path}/${action}`, { ...(body === undefined ? {} : { body }), headers }),
    read: async () => (await call('GET', `${path}/qualification`)).body,
    get: (headers = {}) => call('GET', `${path}/qualification`, { headers }),
    said: (name?: string) => edge.table.events.filter(({ detailType }) => name === undefined || detailType === name),
    lastAsk: () => {
      const asked = edge.table.events.findLast(({ detailType }) => detailType === 'LeadQualified');
      return String(asked?.detail.metadata.sequence);
    },
  };
};

type Opened = ReturnType<typeof open>;

const converted = (lead: Opened) =>
  lead.hear('accounts', LeadConverted, {
    leadId: lead.id,
    ...ids,
    contactCreated: true,
    accountCreated: true,
    accountName: 'Acme',
    conversion: { createDeal: true },
    lead: lead.state(),
  });
const failed = (lead: Opened, qualifiedBy = lead.lastAsk()) =>
  lead.hear('accounts', ConversionFailed, { leadId: lead.id, reason: 'The account is gone.', qualifiedBy });
const dealOf = (lead: Opened, status: 'open' | 'won', id = `deal_${newUlid(testNow)}`) => ({
  id,
  name: 'Deal',
  leadId: lead.id,
  contacts: [],
  tags: [],
  pipelineId: defaultPipeline.id,
  stageId: firstStage?.id,
  probability: 10,
  status,
  stageEnteredAt: at,
  createdAt: at,
  updatedAt: at,
  version: 1,
});

describe('the criteria', () => {
  it('exist from the start as version 1, and no other version does', async () => {
    const { call } = open();
    const { status, body } = await call('GET', '/v1/qualification/criteria');
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 1, thresholds: { warm: 30, hot: 70, mql: 50 }, autoQualify: { enabled: false } });
    expect((await call('GET', '/v1/qualification/criteria?version=1')).body).toEqual(body);
    expect((await call('GET', '/v1/qualification/criteria?version=2')).status).toBe(404);
    expect((await call('GET', '/v1/qualification/criteria?version=x')).status).toBe(400);
  });
});

describe('scoring', () => {
  it('says LeadScored once for a lead, however often its capture is told', async () => {
    const lead = open();
    await lead.captured();
    await lead.captured();
    expect(lead.said()).toHaveLength(1);
    expect(lead.said('LeadScored')[0]?.detail.data).toMatchObject({
      score: 20,
      rating: 'cold',
      previous: null,
      standing: { status: 'new', actions: 0 },
    });
  });

  it('says nothing when a touch changes nothing, and what was before when it does', async () => {
    const lead = open();
    await lead.captured();
    const touch = { at, source: 'website', channel: 'web-form' };
    await lead.hear('intake', LeadTouched, { lead: lead.state(), touch }, lead.leadIs({ tags: ['fair'] }));
    expect(lead.said()).toHaveLength(1);
    const sequence = lead.leadIs({ company: 'Acme' });
    await lead.hear('intake', LeadTouched, { lead: lead.state(), touch }, sequence);
    expect(lead.said()[1]?.detail.data).toMatchObject({ score: 35, rating: 'warm', previous: { score: 20, rating: 'cold' } });
    expect(lead.said()[1]?.detail.metadata.sequence).toBe(2);
  });

  it('does not go back to what an overtaken event says', async () => {
    const lead = open({ company: 'Acme' });
    const old = { ...lead.state(), company: undefined };
    const sequence = lead.leadIs({});
    await lead.captured();
    await lead.hear('intake', LeadCaptured, { lead: old }, sequence - 1);
    expect(await lead.read()).toMatchObject({ score: 35 });
  });

  it('explains itself with contributions that add up to the score', async () => {
    const lead = open({ company: 'Acme', jobTitle: 'CEO' });
    await lead.captured();
    const { score, contributions } = await lead.read();
    expect(score).toBe(55);
    expect(contributions).toContainEqual({ ruleId: 'decision-maker', label: 'Title of a decision maker', points: 20 });
    expect(contributions.reduce((sum: number, { points }: { points: number }) => sum + points, 0)).toBe(score);
  });

  it('keeps a tombstone of a deleted lead, so that its late capture brings nothing back', async () => {
    const lead = open();
    await lead.hear('intake', LeadDeleted, { leadId: lead.id }, 2);
    await lead.captured();
    expect(lead.said()).toEqual([]);
    expect((await lead.get()).status).toBe(404);
    expect((await lead.act('work')).status).toBe(404);
  });

  it('keeps a record that intake may read as agreed, below one kilobyte', async () => {
    const lead = open({ company: 'Acme', jobTitle: 'CEO', phone: '1', interest: 'x', channel: 'referral', touches: 2 });
    await lead.captured();
    const [item] = lead.edge.table.items('qualification');
    expect(item).toMatchObject(qualificationRecordKey(lead.id));
    expect(QualificationRecord.parse(item?.data).standing).toMatchObject({ status: 'new', score: 90 });
    expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(1024);
  });
});

describe('a lifecycle action', () => {
  it('works right after the lead was created, before any event, and is scored then and there', async () => {
    const lead = open({ company: 'Acme' });
    const { status, body } = await lead.act('qualify');
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'qualified', lifecycleStage: 'sql', score: 35, conversion: { status: 'pending' } });
    expect(lead.said().map(({ detailType }) => detailType)).toEqual(['LeadScored', 'LeadQualified']);
    await lead.captured();
    expect(lead.said()).toHaveLength(2);
    expect(await lead.read()).toMatchObject({ status: 'qualified' });
  });

  it('is told with the lead, the wish and the standing after it', async () => {
    const lead = open();
    await lead.captured();
    await lead.act('qualify', { reason: 'Asked for an offer', deal: { name: 'Robots' } });
    const asked = lead.said('LeadQualified')[0];
    expect(asked?.detail.data).toMatchObject({
      lead: { id: lead.id },
      score: 20,
      reason: 'Asked for an offer',
      conversion: { createDeal: true, deal: { name: 'Robots' } },
      standing: { status: 'qualified', actions: 1 },
    });
    expect(asked?.detail.metadata).toMatchObject({ subject: lead.id, sequence: 2, actor: lead.actor });
  });

  it('is remembered newest first with who and why', async () => {
    const lead = open();
    await lead.act('disqualify', { reason: 'no-budget', note: 'maybe next year' });
    await lead.act('reopen');
    expect((await lead.read()).history).toEqual([
      { from: 'disqualified', to: 'working', at, actor: lead.actor },
      { from: 'new', to: 'disqualified', at, actor: lead.actor, reason: 'no-budget' },
    ]);
  });

  it('raises the version of the lead, and asks If-Match of it', async () => {
    const lead = open({ version: 3 });
    const etag = (await lead.get()).headers.etag ?? '';
    expect(etag).toMatch(/^"3\./);
    expect((await lead.act('work', undefined, { 'if-match': '"2.0"' })).status).toBe(412);
    const { status, headers } = await lead.act('work', undefined, { 'if-match': etag });
    expect(status).toBe(200);
    expect(headers.etag).toMatch(/^"4\./);
    expect((await lead.act('qualify', undefined, { 'if-match': etag })).status).toBe(412);
    expect((await lead.get({ 'if-none-match': headers.etag ?? '' })).status).toBe(304);
    await lead.captured();
    expect((await lead.act('qualify', undefined, { 'if-match': headers.etag ?? '' })).status).toBe(202);
  });

  it('is refused for a lead that is unknown or deleted', async () => {
    const lead = open();
    expect((await lead.call('POST', `/v1/leads/lead_${newUlid(testNow)}/work`)).status).toBe(404);
    expect((await lead.call('GET', `/v1/leads/lead_${newUlid(testNow)}/qualification`)).status).toBe(404);
    lead.edge.table.seed({ ...leadRecordKey(lead.id), kind: 'lead', data: { gone: { reason: 'deleted', at }, sequence: 2 } });
    expect((await lead.act('qualify')).status).toBe(404);
    expect((await lead.get()).status).toBe(404);
  });

  it('refuses ids that do not exist before it looks at the state', async () => {
    const lead = open();
    await lead.act('disqualify', { reason: 'spam' });
    const pipelineId = `pipe_${newUlid(testNow)}`;
    const { status, body } = await lead.act('qualify', { ...ids, deal: { pipelineId } });
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/accountId', '/contactId', '/deal/pipelineId']);
    expect((await lead.act('qualify', { deal: { pipelineId: defaultPipeline.id } })).status).toBe(409);
    expect((await lead.act('disqualify', { reason: 'because' })).status).toBe(422);
  });

  it('takes an account that exists and is not gone', async () => {
    const lead = open();
    const account = {
      id: ids.accountId,
      name: 'Acme',
      kind: 'business',
      type: 'prospect',
      phones: [],
      emails: [],
      addresses: [],
      tags: [],
    };
    const seed = (data: unknown) => lead.edge.table.seed({ ...accountRecordKey(ids.accountId), kind: 'account', data });
    seed({ gone: { reason: 'deleted', at }, sequence: 2 });
    expect((await lead.act('qualify', { accountId: ids.accountId })).status).toBe(422);
    seed({ account: { ...account, createdAt: at, updatedAt: at, version: 1 }, sequence: 1 });
    expect((await lead.act('qualify', { accountId: ids.accountId })).status).toBe(202);
  });

  it('is taken once when two people qualify at once', async () => {
    const lead = open();
    const answers = await Promise.all([lead.act('qualify'), lead.act('qualify'), lead.act('qualify')]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(lead.said('LeadQualified')).toHaveLength(1);
    expect((await lead.read()).history).toHaveLength(1);
  });

  it('has one outcome when one qualifies while another disqualifies', async () => {
    const lead = open();
    lead.edge.table.interfere(async () => expect((await lead.act('disqualify', { reason: 'spam' })).status).toBe(200));
    const { status, body } = await lead.act('qualify');
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: '/problems/illegal-transition', from: 'disqualified', to: 'qualified' });
    expect(lead.said('LeadQualified')).toEqual([]);
  });

  it('does not qualify a lead that is deleted in that moment', async () => {
    const lead = open();
    const gone = { ...leadRecordKey(lead.id), kind: 'lead', data: { gone: { reason: 'deleted', at }, sequence: 2 } };
    const provenance = { service: 'intake', actor: 'key:other', correlationId: 'req', causationId: 'req', now: at } as const;
    lead.edge.table.interfere(() => lead.edge.table.commit({ writes: [{ op: 'replace', item: gone, ifRev: 1 }] }, provenance));
    expect((await lead.act('qualify')).status).toBe(404);
    expect(lead.said()).toEqual([]);
  });
});

describe('a conversion', () => {
  it('makes the lead converted and shows contact, account and deal, in whichever order the news come', async () => {
    for (const dealFirst of [true, false]) {
      const lead = open();
      await lead.act('qualify');
      const deal = dealOf(lead, 'open');
      const news = [() => converted(lead), () => lead.hear('deals', DealCreated, { deal })];
      for (const tell of dealFirst ? news.toReversed() : news) await tell();
      expect(await lead.read()).toMatchObject({
        status: 'converted',
        conversion: { status: 'done' },
        convertedTo: { ...ids, dealId: deal.id },
        lifecycleStage: 'sql',
      });
      expect((await lead.act('qualify')).body).toMatchObject({ status: 409, from: 'converted', to: 'qualified' });
      expect((await lead.act('disqualify', { reason: 'spam' })).status).toBe(409);
    }
  });

  it('that failed says why, may be asked again, and an old failure does not touch the new attempt', async () => {
    const lead = open();
    await lead.act('qualify');
    const first = lead.lastAsk();
    expect((await lead.act('disqualify', { reason: 'other' })).status).toBe(409);
    await failed(lead);
    expect(await lead.read()).toMatchObject({ status: 'qualified', conversion: { status: 'failed', reason: 'The account is gone.' } });
    expect((await lead.act('work')).status).toBe(409);
    expect((await lead.act('qualify', { createDeal: false })).body.conversion).toEqual({ status: 'pending' });
    await failed(lead, first);
    expect((await lead.read()).conversion).toEqual({ status: 'pending' });
    expect(lead.said('LeadQualified')).toHaveLength(2);
    await failed(lead);
    expect((await lead.act('disqualify', { reason: 'other' })).body).toMatchObject({ status: 'disqualified', disqualifiedReason: 'other' });
  });

  it('whose deal is won makes the lead a customer, said once', async () => {
    const lead = open();
    await lead.act('qualify');
    await converted(lead);
    const before = lead.said().length;
    const deal = dealOf(lead, 'won');
    await lead.hear('deals', DealWon, { deal });
    await lead.hear('deals', DealWon, { deal });
    expect(
      lead
        .said()
        .slice(before)
        .map(({ detail }) => detail.data),
    ).toMatchObject([{ lifecycleStage: 'customer', previous: { lifecycleStage: 'sql' } }]);
    expect(await lead.read()).toMatchObject({ lifecycleStage: 'customer', status: 'converted' });
  });
});

/** The Status paragraph of the contract, written down a second time. */
interface Model {
  status: 'new' | 'working' | 'qualified' | 'converted' | 'disqualified';
  conversion: 'none' | 'pending' | 'failed' | 'done';
  actions: number;
}

const legal = (model: Model, to: string): boolean => {
  if (model.status === 'qualified') return model.conversion === 'failed' && to !== 'working';
  if (model.status === 'converted') return false;
  if (model.status === 'disqualified') return to === 'working';
  return to === 'working' ? model.status === 'new' : true;
};

class Act implements fc.AsyncCommand<Model, Opened> {
  readonly action: string;
  readonly to: 'working' | 'qualified' | 'disqualified';
  constructor(action: string, to: 'working' | 'qualified' | 'disqualified') {
    this.action = action;
    this.to = to;
  }
  check = () => true;
  async run(model: Model, lead: Opened) {
    const answer = await lead.act(this.action, this.to === 'disqualified' ? { reason: 'other' } : undefined);
    const done = this.to === 'qualified' ? 202 : 200;
    const moves = legal(model, this.to);
    expect(answer.status).toBe(moves || model.status === this.to ? done : 409);
    if (!moves) return;
    model.status = this.to;
    model.conversion = this.to === 'qualified' ? 'pending' : 'none';
    model.actions += 1;
  }
  toString = () => this.action;
}

class News implements fc.AsyncCommand<Model, Opened> {
  readonly kind: 'captured' | 'converted' | 'failed' | 'stale failure';
  constructor(kind: News['kind']) {
    this.kind = kind;
  }
  check = (model: Readonly<Model>) => this.kind === 'captured' || model.status === 'qualified';
  async run(model: Model, lead: Opened) {
    if (this.kind === 'captured') return lead.captured();
    if (this.kind === 'stale failure') return failed(lead, '0');
    if (this.kind === 'failed') {
      await failed(lead);
      model.conversion = 'failed';
      return;
    }
    await converted(lead);
    model.status = 'converted';
    model.conversion = 'done';
  }
  toString = () => this.kind;
}

class Look implements fc.AsyncCommand<Model, Opened> {
  check = () => true;
  async run(model: Model, lead: Opened) {
    const { headers, body } = await lead.get();
    expect(body.status).toBe(model.status);
    expect(body.conversion?.status ?? 'none').toBe(model.conversion);
    expect(headers.etag).toMatch(new RegExp(`^"${1 + model.actions}\\.`));
    expect(body.score).toBe(20);
  }
  toString = () => 'look';
}

it('leads a lead through its lifecycle as the contract has it, whatever callers and events do in whichever order', async () => {
  const commands = [
    fc.constant(new Act('work', 'working')),
    fc.constant(new Act('reopen', 'working')),
    fc.constant(new Act('qualify', 'qualified')),
    fc.constant(new Act('disqualify', 'disqualified')),
    ...(['captured', 'converted', 'failed', 'stale failure'] as const).map((kind) => fc.constant(new News(kind))),
    fc.constant(new Look()),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 12 }), async (sequence) => {
      const setup = () => ({ model: { status: 'new', conversion: 'none', actions: 0 } satisfies Model as Model, real: open() });
      await fc.asyncModelRun(setup, [...sequence, new Look()]);
    }),
    { numRuns: 60, seed: 20_261_122 },
  );
});
