import { beforeEach, describe, expect, it } from 'vitest';
import { ErasureRequested } from '#contracts/events/erasures.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { personSheetKey } from '#contracts/records/erasure.ts';
import { defaultPipeline, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { type TestEdge, testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { handlers as httpHandlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const ulid = (n: number) => `01J0000000000000000000${String(n).padStart(4, '0')}`;
const erasureId = `era_${ulid(1)}`;
const [ada, charles] = [`cont_${ulid(2)}`, `cont_${ulid(3)}`];
const [company, individual] = [`acct_${ulid(4)}`, `acct_${ulid(5)}`];
const at = new Date(testNow).toISOString();
const common = { type: 'prospect', phones: [], emails: [], addresses: [], tags: [], createdAt: at, updatedAt: at, version: 1 };

let edge: TestEdge;
let call: ReturnType<typeof client>;

const accountItem = (id: string, kind: string, name: string) => ({
  ...accountRecordKey(id),
  kind: 'account',
  data: { account: { ...common, id, kind, name }, sequence: 1 },
});

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers: httpHandlers, edge }));
  seedKey(edge);
  edge.table.seed(
    { ...contactRecordKey(ada), kind: 'contact', data: { contact: {}, sequence: 1 } },
    { ...contactRecordKey(charles), kind: 'contact', data: { contact: {}, sequence: 1 } },
    accountItem(company, 'business', 'Analytical Engines Ltd'),
    accountItem(individual, 'individual', '[erased]'),
    { ...pipelineRecordKey(defaultPipeline.id), kind: 'pipeline', data: { pipeline: defaultPipeline } },
    {
      ...personSheetKey('accounts', erasureId),
      kind: 'erasure-person',
      data: { emails: [], held: [], phones: [], names: [{ firstName: 'Ada', lastName: 'Lovelace' }] },
    },
  );
});

const made = async (path: string, body: object) => {
  const answer = await call('POST', path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
};

const erase = async (contactIds: string[], dealIds: string[] = []) => {
  const data = { erasureId, round: dealIds.length + 1, requestedAt: at, leadIds: [], contactIds, dealIds };
  const eventId = `evt_${ulid(dealIds.length)}`;
  const event = busEvent({ source: 'accounts', contract: ErasureRequested, subject: erasureId, eventId, data });
  const consume = serveEvents({ service: deals, handlers, edge });
  expect(await consume(queueEvent([event]), testContext())).toEqual({ batchItemFailures: [] });
  return edge.table.events.find(({ detailType }) => detailType === 'PersonalDataErased')?.detail.data;
};

const noted = async (deal: object) => {
  const { id } = await made('/v1/deals', deal);
  await made(`/v1/deals/${id}/notes`, { body: 'Likes brass, says Ada' });
  return id;
};
const noteOf = async (dealId: string) => (await call('GET', `/v1/deals/${dealId}/notes`)).body.data[0].body;

describe('erasing a person from deals', () => {
  it('finds a deal that accounts has not heard of yet, and says so', async () => {
    const { id } = await made('/v1/deals', { name: 'Engine for Ada', contacts: [{ contactId: ada }] });
    expect(await erase([ada])).toMatchObject({ found: { dealIds: [id] } });
    expect((await call('GET', `/v1/deals/${id}`)).body).toMatchObject({ name: 'Engine for [erased]', contacts: [] });
  });

  it('forgets that the contact had the deal once the request names it, and not before', async () => {
    const { id } = await made('/v1/deals', { name: 'Engine for Ada', contacts: [{ contactId: ada }] });
    const links = () => edge.table.items().filter(({ pk }) => pk.endsWith(ada) && pk.startsWith('deals#')).length;
    await erase([ada]);
    expect(links()).toBe(1);
    await erase([ada], [id]);
    expect(links()).toBe(0);
  });

  it.each([
    ['of a company', { accountId: company, contacts: [{ contactId: ada }] }, 'Likes brass, says [erased]'],
    ['of an individual that was the person', { accountId: individual, contacts: [{ contactId: ada }] }, '[erased]'],
    ['of nobody else', { contacts: [{ contactId: ada }] }, '[erased]'],
    ['of somebody else, too', { contacts: [{ contactId: ada }, { contactId: charles }] }, 'Likes brass, says [erased]'],
  ])('leaves of a note on a deal %s what is not about the person', async (_, deal, left) => {
    const id = await noted({ name: 'Engine', ...deal });
    await erase([ada], [id]);
    expect(await noteOf(id)).toBe(left);
  });
});
