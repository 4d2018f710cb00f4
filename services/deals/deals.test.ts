import { beforeEach, expect, test } from 'vitest';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipeline, defaultPipelineId, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const ulid = (n: number) => `01J0000000000000000000${String(n).padStart(4, '0')}`;
const accountId = `acct_${ulid(1)}`;
const contactId = `cont_${ulid(2)}`;
const leadId = `lead_${ulid(3)}`;
const [qualification, discovery, proposal, negotiation] = defaultPipeline.stages.map((stage) => stage.id);
const other = {
  ...defaultPipeline,
  id: `pipe_${ulid(50)}`,
  name: 'Renewals',
  stages: [
    { id: `stage_${ulid(51)}`, name: 'Due', probability: 60, rottenAfterDays: 2 },
    { id: `stage_${ulid(52)}`, name: 'Agreed', probability: 95 },
  ],
};

let edge: TestEdge;
let call: ReturnType<typeof client>;

const seedLead = (status: string): void =>
  edge.table.seed(
    { ...leadRecordKey(leadId), kind: 'lead', data: { lead: { id: leadId }, sequence: 1 } },
    {
      ...qualificationRecordKey(leadId),
      kind: 'qualification',
      data: {
        standing: { status, lifecycleStage: 'lead', score: 0, rating: 'cold' },
        actions: 0,
        updatedAt: '2026-11-22T18:18:42.000Z',
      },
    },
  );

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
  edge.table.seed(
    { ...accountRecordKey(accountId), kind: 'account', data: { account: { id: accountId }, sequence: 1 } },
    { ...contactRecordKey(contactId), kind: 'contact', data: { contact: { id: contactId }, sequence: 1 } },
    { ...pipelineRecordKey(other.id), kind: 'pipeline', data: { pipeline: other } },
  );
});

const open = async (input: Record<string, unknown> = {}) => {
  edge.clock.advance(1);
  const { status, body } = await call('POST', '/v1/deals', { body: { name: 'Machines', accountId, ...input } });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};
const act = (id: string, action: string, body: unknown = {}) => call('POST', `/v1/deals/${id}/${action}`, { body });
const said = () => edge.table.events.map(({ detailType }) => detailType);

test('the default pipeline is there from the start', async () => {
  const { body } = await call('GET', '/v1/pipelines');
  expect(body).toEqual({ data: [defaultPipeline], nextCursor: null });
  const one = await call('GET', `/v1/pipelines/${defaultPipelineId}`);
  expect(one.body.stages.map(({ name, probability }: { name: string; probability: number }) => [name, probability])).toEqual([
    ['Qualification', 10],
    ['Discovery', 20],
    ['Proposal', 50],
    ['Negotiation', 75],
    ['Commitment', 90],
  ]);
  expect(one.headers.etag).toBeDefined();
  expect((await call('GET', `/v1/pipelines/pipe_${ulid(99)}`)).status).toBe(404);
});

test('a deal begins in the first stage of the default pipeline with its probability', async () => {
  const { status, headers, body } = await call('POST', '/v1/deals', {
    body: { name: ' Machines ', accountId, contacts: [{ contactId, role: 'buyer' }], amount: { amount: 129_905, currency: 'EUR' } },
  });
  expect(status).toBe(201);
  expect(headers.location).toBe(`/v1/deals/${body.id}`);
  expect(body).toMatchObject({
    name: 'Machines',
    accountId,
    contacts: [{ contactId, role: 'buyer' }],
    pipelineId: defaultPipelineId,
    stageId: qualification,
    probability: 10,
    status: 'open',
    weightedAmount: { amount: 12_990, currency: 'EUR' },
    rotten: false,
    tags: [],
    version: 1,
    stageEnteredAt: '2026-11-22T18:18:42.000Z',
  });
  expect(await call('GET', headers.location ?? '')).toMatchObject({ status: 200, body, headers: { etag: headers.etag } });
  expect(said()).toEqual(['DealCreated']);
});

test('what a deal names must exist, and each that does not is named', async () => {
  const unknown = (n: number) => ulid(900 + n);
  const { status, body } = await call('POST', '/v1/deals', {
    body: {
      name: 'x',
      accountId: `acct_${unknown(1)}`,
      contacts: [{ contactId }, { contactId: `cont_${unknown(2)}` }],
      leadId: `lead_${unknown(3)}`,
      pipelineId: `pipe_${unknown(4)}`,
    },
  });
  expect(status).toBe(422);
  expect(body.errors.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code])).toEqual([
    ['/pipelineId', 'unknown_id'],
    ['/accountId', 'unknown_id'],
    ['/contacts/1/contactId', 'unknown_id'],
    ['/leadId', 'unknown_id'],
  ]);
});

test('an account that is gone counts as none', async () => {
  edge.table.seed({
    ...accountRecordKey(accountId),
    kind: 'account',
    data: { gone: { reason: 'deleted', at: '2026-11-22T18:18:42.000Z' }, sequence: 2 },
  });
  expect((await call('POST', '/v1/deals', { body: { name: 'x', accountId } })).body.errors).toMatchObject([{ pointer: '/accountId' }]);
});

test('a deal needs an account, a contact or a lead', async () => {
  expect((await call('POST', '/v1/deals', { body: { name: 'x' } })).status).toBe(422);
  expect((await call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId }] } })).status).toBe(201);
});

test.each([
  ['working', 422],
  ['qualified', 201],
  ['converted', 201],
])('a deal for a lead that is %s: %s', async (standing, expected) => {
  seedLead(standing);
  const { status, body } = await call('POST', '/v1/deals', { body: { name: 'x', leadId } });
  expect(status).toBe(expected);
  if (expected === 422) expect(body.errors).toMatchObject([{ pointer: '/leadId', code: 'lead_not_qualified' }]);
});

test('an account that is deleted while the deal is opened is noticed', async () => {
  const gone = { gone: { reason: 'deleted', at: '2026-11-22T18:18:42.000Z' }, sequence: 2 };
  edge.table.interfere(() =>
    edge.table.commit(
      { writes: [{ op: 'replace', ifRev: 1, item: { ...accountRecordKey(accountId), kind: 'account', data: gone } }] },
      { service: 'accounts', actor: 'a', correlationId: 'c', causationId: 'c', now: new Date(edge.now()).toISOString() },
    ),
  );
  expect((await call('POST', '/v1/deals', { body: { name: 'x', accountId } })).status).toBe(422);
});

test('a stage of another pipeline is none of this one', async () => {
  const wrong = await call('POST', '/v1/deals', { body: { name: 'x', accountId, stageId: other.stages[0]?.id } });
  expect(wrong.body.errors).toMatchObject([{ pointer: '/stageId', code: 'unknown_id' }]);
  expect(await open({ pipelineId: other.id })).toMatchObject({ stageId: other.stages[0]?.id, probability: 60 });
  expect(await open({ pipelineId: other.id, stageId: other.stages[1]?.id, probability: 12.5 })).toMatchObject({ probability: 12.5 });
});

test('a moved deal takes the probability of its new stage', async () => {
  const { id } = await open({ probability: 33.33, amount: { amount: 100, currency: 'JPY' } });
  edge.clock.advance(5_000);
  const { status, body } = await act(id, 'move', { stageId: proposal });
  expect(status).toBe(200);
  expect(body).toMatchObject({ stageId: proposal, probability: 50, weightedAmount: { amount: 50, currency: 'JPY' }, version: 2 });
  expect(body.stageEnteredAt > body.createdAt).toBe(true);
  expect(edge.table.events.at(-1)).toMatchObject({
    detailType: 'DealStageChanged',
    detail: { metadata: { sequence: 2, subject: id }, data: { from: qualification, to: proposal, stageName: 'Proposal' } },
  });
});

test('moving to the stage it is in changes nothing', async () => {
  const { id } = await open();
  expect((await act(id, 'move', { stageId: qualification })).body.version).toBe(1);
  expect(said()).toEqual(['DealCreated']);
});

test('moving to a stage that its pipeline does not have is 422, even when the deal is closed', async () => {
  const { id } = await open();
  expect((await act(id, 'move', { stageId: other.stages[0]?.id })).status).toBe(422);
  await act(id, 'win');
  expect((await act(id, 'move', { stageId: `stage_${ulid(99)}` })).status).toBe(422);
  expect(await act(id, 'move', { stageId: proposal })).toMatchObject({
    status: 409,
    body: { type: '/problems/illegal-transition', from: 'won', to: 'open' },
  });
});

test('winning is 100 %, and winning again changes nothing', async () => {
  const { id } = await open({ amount: { amount: 99, currency: 'EUR' } });
  const won = await act(id, 'win');
  expect(won.body).toMatchObject({ status: 'won', probability: 100, weightedAmount: { amount: 99 }, closedAt: '2026-11-22T18:18:42.001Z' });
  expect(await act(id, 'win', { closedAt: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 200, body: won.body });
  expect(await act(id, 'lose', { reason: 'price' })).toMatchObject({ status: 409, body: { from: 'won', to: 'lost' } });
  expect(said()).toEqual(['DealCreated', 'DealWon']);
});

test('a deal may have been won earlier, in any time zone', async () => {
  const { id } = await open();
  expect((await call('POST', `/v1/deals/${id}/win`, { body: { closedAt: '2026-11-01T09:00:00+01:00' } })).body.closedAt).toBe(
    '2026-11-01T08:00:00.000Z',
  );
});

test('winning needs no body', async () => {
  const { id } = await open();
  expect((await call('POST', `/v1/deals/${id}/win`)).status).toBe(200);
});

test('losing has a reason and is 0 %', async () => {
  const { id } = await open({ amount: { amount: 99, currency: 'EUR' } });
  expect((await act(id, 'lose', {})).status).toBe(422);
  expect((await act(id, 'lose', { reason: 'price', note: 'too dear' })).body).toMatchObject({
    status: 'lost',
    lostReason: 'price',
    probability: 0,
    weightedAmount: { amount: 0, currency: 'EUR' },
  });
  expect(await act(id, 'win')).toMatchObject({ status: 409, body: { from: 'lost', to: 'won' } });
  expect(edge.table.events.at(-1)?.detail.data).toMatchObject({ reason: 'price', note: 'too dear' });
});

test('reopening returns to the stage it was in, with that stage’s probability', async () => {
  const { id } = await open({ amount: { amount: 1_000, currency: 'EUR' } });
  await act(id, 'move', { stageId: negotiation });
  await act(id, 'lose', { reason: 'timing' });
  const { status, body } = await call('POST', `/v1/deals/${id}/reopen`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'open', stageId: negotiation, probability: 75, weightedAmount: { amount: 750 } });
  expect(body.closedAt ?? body.lostReason).toBeUndefined();
  expect(await act(id, 'reopen')).toMatchObject({ status: 200, body: { version: body.version } });
  expect(said()).toEqual(['DealCreated', 'DealStageChanged', 'DealLost', 'DealReopened']);
});

test('an edit says what changed and what it was before', async () => {
  const { id } = await open({ tags: ['A', 'b'], amount: { amount: 5, currency: 'EUR' }, owner: 'ann' });
  const { status, body } = await call('PATCH', `/v1/deals/${id}`, { body: { name: 'Robots', owner: null, campaign: 'fair' } });
  expect(status).toBe(200);
  expect(body).toMatchObject({ name: 'Robots', campaign: 'fair', version: 2, tags: ['a', 'b'], probability: 10 });
  expect(body.owner).toBeUndefined();
  expect(edge.table.events.at(-1)).toMatchObject({
    detailType: 'DealUpdated',
    detail: { data: { changed: ['name', 'owner', 'campaign'], previous: { name: 'Machines', owner: 'ann', campaign: null } } },
  });
});

test('an edit that changes nothing is no change', async () => {
  const { id } = await open({ probability: 40 });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { name: 'Machines', probability: 40 } })).body.version).toBe(1);
  expect(said()).toEqual(['DealCreated']);
});

test('without a probability of its own a deal has its stage’s', async () => {
  const { id } = await open({ probability: 40 });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { probability: null } })).body.probability).toBe(10);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { stageId: proposal } })).body.probability).toBe(50);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { stageId: discovery, probability: 1.25 } })).body.probability).toBe(1.25);
  expect(said()).toEqual(['DealCreated', 'DealUpdated', 'DealStageChanged', 'DealStageChanged']);
});

test('into another pipeline it goes by the first stage', async () => {
  const { id } = await open();
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { pipelineId: other.id } })).body).toMatchObject({
    pipelineId: other.id,
    stageId: other.stages[0]?.id,
    probability: 60,
  });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { pipelineId: defaultPipelineId, stageId: proposal } })).body).toMatchObject({
    stageId: proposal,
  });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { pipelineId: `pipe_${ulid(99)}` } })).body.errors).toMatchObject([
    { pointer: '/pipelineId' },
  ]);
});

test('a closed deal can be edited, its stage and probability apart', async () => {
  const { id } = await open();
  await act(id, 'win');
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { amount: { amount: 7, currency: 'EUR' } } })).body).toMatchObject({
    status: 'won',
    probability: 100,
    weightedAmount: { amount: 7 },
  });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { stageId: proposal } })).status).toBe(409);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { pipelineId: other.id } })).status).toBe(409);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { probability: 3 } })).status).toBe(409);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { stageId: 'x' } })).status).toBe(422);
});

test('an edit needs only what is new to exist', async () => {
  const { id } = await open({ contacts: [{ contactId }] });
  edge.table.seed({
    ...accountRecordKey(accountId),
    kind: 'account',
    data: { gone: { reason: 'deleted', at: '2026-11-22T18:18:42.000Z' }, sequence: 2 },
  });
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { name: 'Robots' } })).status).toBe(200);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { contacts: [{ contactId: `cont_${ulid(9)}` }] } })).body.errors).toMatchObject([
    { pointer: '/contacts/0/contactId' },
  ]);
  expect((await call('PATCH', `/v1/deals/${id}`, { body: { accountId: null, contacts: [] } })).status).toBe(422);
});

test('If-Match holds an action to the version that the caller saw', async () => {
  const { id } = await open();
  const { headers } = await call('GET', `/v1/deals/${id}`);
  const ifMatch = { headers: { 'if-match': headers.etag ?? '' } };
  expect((await call('POST', `/v1/deals/${id}/move`, { ...ifMatch, body: { stageId: proposal } })).status).toBe(200);
  expect((await call('POST', `/v1/deals/${id}/win`, { ...ifMatch, body: {} })).status).toBe(412);
  expect((await call('PATCH', `/v1/deals/${id}`, { ...ifMatch, body: { name: 'y' } })).status).toBe(412);
});

test('of two moves at once both happen, one upon the other', async () => {
  const { id } = await open();
  edge.table.interfere(() => act(id, 'move', { stageId: discovery }));
  expect(await act(id, 'move', { stageId: proposal })).toMatchObject({ status: 200, body: { version: 3, stageId: proposal } });
  expect(edge.table.events.at(-1)?.detail.data).toMatchObject({ from: discovery, to: proposal });
});

test('a deal is won or lost, never both', async () => {
  const { id } = await open();
  edge.table.interfere(() => act(id, 'lose', { reason: 'other' }));
  expect((await act(id, 'win')).status).toBe(409);
  expect((await call('GET', `/v1/deals/${id}`)).body.status).toBe('lost');
});

test('an open deal rots when its stage’s days have passed, and its entity tag tells', async () => {
  const { id } = await open({ pipelineId: other.id });
  const fresh = await call('GET', `/v1/deals/${id}`);
  edge.clock.advance(2 * 86_400_000);
  expect((await call('GET', `/v1/deals/${id}`, { headers: { 'if-none-match': fresh.headers.etag ?? '' } })).status).toBe(304);
  edge.clock.advance(1);
  const rotten = await call('GET', `/v1/deals/${id}`, { headers: { 'if-none-match': fresh.headers.etag ?? '' } });
  expect(rotten).toMatchObject({ status: 200, body: { rotten: true, version: 1 } });
  expect((await call('GET', `/v1/pipelines/${other.id}/board`)).body.stages[0].deals).toMatchObject([{ id, rotten: true }]);
  await act(id, 'win');
  expect((await call('GET', `/v1/deals/${id}`)).body.rotten).toBe(false);
});

test('a retried creation with the same key opens one deal', async () => {
  const request = { headers: { 'idempotency-key': 'k' }, body: { name: 'x', accountId } };
  const first = await call('POST', '/v1/deals', request);
  const second = await call('POST', '/v1/deals', request);
  expect(second).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
  expect((await call('GET', '/v1/deals')).body.data).toHaveLength(1);
});

test('deals are listed newest first and found by every filter', async () => {
  seedLead('converted');
  const a = await open({ name: 'Ärger & Söhne', tags: ['Fair'], owner: 'ann', expectedCloseDate: '2026-12-31' });
  const b = await open({ name: 'Beta', contacts: [{ contactId }], pipelineId: other.id, expectedCloseDate: '2027-01-15' });
  const c = await open({ name: 'Gamma', accountId: undefined, leadId, stageId: proposal });
  await act(a.id, 'win');
  const found = async (query: string) => {
    const { status, body } = await call('GET', `/v1/deals${query}`);
    expect(status).toBe(200);
    return body.data.map(({ id }: { id: string }) => id);
  };
  expect(await found('')).toEqual([c.id, b.id, a.id]);
  expect(await found('?status=open')).toEqual([c.id, b.id]);
  expect(await found('?status=won')).toEqual([a.id]);
  expect(await found(`?pipelineId=${other.id}`)).toEqual([b.id]);
  expect(await found(`?stageId=${proposal}`)).toEqual([c.id]);
  expect(await found(`?stageId=${proposal}&status=open&owner=bob`)).toEqual([]);
  expect(await found(`?stageId=${proposal}&status=open`)).toEqual([c.id]);
  expect(await found('?owner=ann')).toEqual([a.id]);
  expect(await found(`?accountId=${accountId}`)).toEqual([b.id, a.id]);
  expect(await found(`?contactId=${contactId}`)).toEqual([b.id]);
  expect(await found(`?leadId=${leadId}`)).toEqual([c.id]);
  expect(await found('?tag=FAIR')).toEqual([a.id]);
  expect(await found('?closeAfter=2026-12-31')).toEqual([b.id, a.id]);
  expect(await found('?closeBefore=2026-12-31')).toEqual([a.id]);
  expect(await found('?closeAfter=2027-01-01&closeBefore=2027-01-15')).toEqual([b.id]);
  expect(await found(`?q=${encodeURIComponent('äRG')}`)).toEqual([a.id]);
  expect((await call('GET', '/v1/deals?closeAfter=2026-02-30')).status).toBe(400);
  expect((await call('GET', '/v1/deals?status=gone')).status).toBe(400);
});

test('a lead’s deals follow an edit of the lead that they name', async () => {
  seedLead('qualified');
  const found = async (query = '') => (await call('GET', `/v1/deals?leadId=${leadId}${query}`)).body;
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.unshift((await open({ name: `Deal ${i}`, leadId })).id);
  const first = await found('&limit=3');
  const rest = await found(`&limit=3&cursor=${first.nextCursor}`);
  expect([...first.data, ...rest.data].map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(rest.nextCursor).toBeNull();
  await call('PATCH', `/v1/deals/${ids[0]}`, { body: { leadId: null } });
  expect((await found()).data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1));
  await call('PATCH', `/v1/deals/${ids[0]}`, { body: { leadId } });
  expect((await found('&q=deal%204')).data.map(({ id }: { id: string }) => id)).toEqual([ids[0]]);
});

test('a list goes on where it stopped', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) ids.unshift((await open({ name: `Deal ${i}` })).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await call('GET', `/v1/deals?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids);
});

test('the timeline tells what happened, newest first', async () => {
  const { id } = await open();
  edge.clock.advance(1_000);
  await act(id, 'move', { stageId: discovery });
  edge.clock.advance(1_000);
  await act(id, 'lose', { reason: 'price' });
  const { body } = await call('GET', `/v1/deals/${id}/timeline`);
  expect(body.data.map(({ type, summary }: { type: string; summary: string }) => [type, summary])).toEqual([
    ['DealLost', 'The deal was lost: price.'],
    ['DealStageChanged', 'The deal moved to Discovery.'],
    ['DealCreated', 'The deal was opened in Qualification.'],
  ]);
  expect(body.data[0]).toMatchObject({ actor: expect.stringMatching(/^key:key_/), data: { deal: { id } } });
  expect((await call('GET', `/v1/deals/deal_${ulid(99)}/timeline`)).status).toBe(404);
});

test.each(['', '/move', '/win', '/lose', '/reopen', '/timeline'])('a deal that is not there is 404: %s', async (path) => {
  const body = path === '/move' ? { stageId: proposal } : path === '/lose' ? { reason: 'other' } : {};
  const method = path === '' || path === '/timeline' ? 'GET' : 'POST';
  expect((await call(method, `/v1/deals/deal_${ulid(99)}${path}`, method === 'GET' ? {} : { body })).status).toBe(404);
});
