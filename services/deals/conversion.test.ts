import { beforeEach, expect, test } from 'vitest';
import { LeadConverted } from '#contracts/events/accounts.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipeline, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { handlers as httpHandlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const ulid = (n: number) => `01J0000000000000000000${String(n).padStart(4, '0')}`;
const leadId = `lead_${ulid(1)}`;
const at = '2026-11-22T18:18:42.000Z';
const renewals = { ...defaultPipeline, id: `pipe_${ulid(5)}`, stages: [{ id: `stage_${ulid(6)}`, name: 'Due', probability: 60 }] };

const lead = {
  id: leadId,
  kind: 'person',
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  priority: 'normal',
  source: 'web',
  campaign: 'spring',
  channel: 'web-form',
  owner: 'ann',
  tags: [],
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
};

const converted = (given: { lead?: object; conversion?: object; eventId?: string } = {}) =>
  busEvent({
    source: 'accounts',
    contract: LeadConverted,
    subject: leadId,
    ...(given.eventId ? { eventId: given.eventId } : {}),
    data: {
      leadId,
      contactId: `cont_${ulid(2)}`,
      accountId: `acct_${ulid(3)}`,
      contactCreated: true,
      accountCreated: true,
      accountName: 'Ada Lovelace',
      conversion: { createDeal: true, ...given.conversion },
      lead: { ...lead, ...given.lead },
    },
  });

let edge: TestEdge;
let consume: (...events: unknown[]) => Promise<unknown>;
let call: ReturnType<typeof client>;

beforeEach(() => {
  edge = testEdge();
  const handler = serveEvents({ service: deals, handlers, edge });
  consume = (...events) => handler(queueEvent(events), testContext());
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers: httpHandlers, edge }));
  seedKey(edge);
});
const opened = async () => (await call('GET', '/v1/deals')).body.data;

test('a conversion opens a deal with all that is known', async () => {
  expect(await consume(converted())).toEqual({ batchItemFailures: [] });
  expect(await opened()).toMatchObject([
    {
      name: 'Ada Lovelace – New deal',
      leadId,
      accountId: `acct_${ulid(3)}`,
      contacts: [{ contactId: `cont_${ulid(2)}` }],
      source: 'web',
      campaign: 'spring',
      owner: 'ann',
      pipelineId: defaultPipeline.id,
      stageId: defaultPipeline.stages[0]?.id,
      probability: 10,
      status: 'open',
    },
  ]);
  expect(edge.table.events).toMatchObject([
    { detailType: 'DealCreated', detail: { metadata: { actor: 'system:deals', correlationId: 'req_test' } } },
  ]);
  expect((await call('GET', `/v1/pipelines/${defaultPipeline.id}/board`)).body.stages[0].count).toBe(1);
});

test('opens one deal when the same conversion arrives twice', async () => {
  const event = converted();
  await consume(event, event);
  await consume(event);
  expect(await opened()).toHaveLength(1);
});

test('opens one deal when the conversion is told again under another id', async () => {
  await consume(converted());
  await consume(converted());
  expect(await opened()).toHaveLength(1);
  expect(edge.table.events).toHaveLength(1);
});

test('opens one deal when two workers have the conversion at once', async () => {
  const event = converted();
  edge.table.interfere(() => consume(event));
  expect(await consume(event)).toEqual({ batchItemFailures: [] });
  expect(await opened()).toHaveLength(1);
});

test('the deal is found by its lead at once, however many others there are', async () => {
  await consume(converted());
  const [deal] = await opened();
  const reads = edge.table.consumed.calls;
  const { body } = await call('GET', `/v1/deals?leadId=${leadId}`);
  expect(body).toEqual({ data: [deal], nextCursor: null });
  expect(edge.table.consumed.calls - reads).toBeLessThanOrEqual(4);
  expect((await call('GET', `/v1/deals?leadId=${leadId}&status=won`)).body.data).toEqual([]);
});

test('opens none when none is wished for', async () => {
  await consume(converted({ conversion: { createDeal: false } }));
  expect(await opened()).toEqual([]);
});

test('what was asked for at qualifying is kept', async () => {
  edge.table.seed({ ...pipelineRecordKey(renewals.id), kind: 'pipeline', data: { pipeline: renewals } });
  const deal = { name: 'Big one', amount: { amount: 5_000, currency: 'EUR' }, expectedCloseDate: '2027-01-31', pipelineId: renewals.id };
  await consume(converted({ conversion: { deal } }));
  expect(await opened()).toMatchObject([{ ...deal, stageId: renewals.stages[0]?.id, weightedAmount: { amount: 3_000, currency: 'EUR' } }]);
});

test('a pipeline that is no more gives way to the default one', async () => {
  await consume(converted({ conversion: { deal: { pipelineId: renewals.id } } }));
  expect(await opened()).toMatchObject([{ pipelineId: defaultPipeline.id }]);
});

test.each([
  [{ company: 'Acme', interest: 'Robots' }, 'Acme – Robots'],
  [{ interest: 'Robots' }, 'Ada Lovelace – Robots'],
  [{ firstName: undefined }, 'Lovelace – New deal'],
  [{ firstName: undefined, lastName: undefined }, 'Ada Lovelace – New deal'],
  [{ company: 'x'.repeat(498), interest: 'Robots' }, `${'x'.repeat(498)} –`],
])('a deal is named after company or person and interest: %o', async (given, name) => {
  await consume(converted({ lead: given }));
  expect((await opened())[0].name).toBe(name);
});

test('a person erased meanwhile is not brought back by a deal', async () => {
  edge.table.seed({ ...leadRecordKey(leadId), kind: 'lead', data: { gone: { reason: 'erased', at }, sequence: 3 } });
  await consume(converted());
  expect(await opened()).toEqual([]);
});

test('the deal of a lead deleted meanwhile does not name it', async () => {
  edge.table.seed({ ...leadRecordKey(leadId), kind: 'lead', data: { gone: { reason: 'deleted', at }, sequence: 3 } });
  await consume(converted());
  expect((await opened())[0].leadId).toBeUndefined();
});

test('the deal of a conversion that is heard of after its contact and account were merged names their survivors', async () => {
  const into = (id: string) => ({ sequence: 2, gone: { reason: 'merged', into: id, at } });
  edge.table.seed(
    { ...accountRecordKey(`acct_${ulid(3)}`), kind: 'account', data: into(`acct_${ulid(30)}`) },
    { ...accountRecordKey(`acct_${ulid(30)}`), kind: 'account', data: { sequence: 1 } },
    { ...contactRecordKey(`cont_${ulid(2)}`), kind: 'contact', data: { sequence: 2, gone: { reason: 'deleted', at } } },
  );
  await consume(converted());
  const [deal] = (await call('GET', '/v1/deals')).body.data;
  expect(deal).toMatchObject({ accountId: `acct_${ulid(30)}`, contacts: [] });
});
