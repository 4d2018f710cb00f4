import { beforeEach, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { serveHttp } from '#runtime/http.ts';
import { type ScheduleLambda, serveSchedule } from '#runtime/schedule.ts';
import { client, seedKey, testContext } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';
import { run } from './sweep.ts';

const contactId = 'cont_01J00000000000000000000001';
const dayMs = 86_400_000;
let edge: TestEdge;
let call: ReturnType<typeof client>;
let handler: ScheduleLambda;

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  handler = serveSchedule({ service: deals, run, edge });
  seedKey(edge);
  edge.table.seed({ ...contactRecordKey(contactId), kind: 'contact', data: { contact: {}, sequence: 1 } });
});

const sweep = (milliseconds = 50_000) => handler({}, { ...testContext(), getRemainingTimeInMillis: () => milliseconds });
const said = (type: string) => edge.table.events.filter(({ detailType }) => detailType === type).map(({ detail }) => detail);
const opened = async () => (await call('POST', '/v1/deals', { body: { name: 'Engines', contacts: [{ contactId }] } })).body;
const plan = async (dealId: string, dueAt: string) =>
  (await call('POST', `/v1/deals/${dealId}/tasks`, { body: { title: 'Call', dueAt } })).body;
const rottenAfter = (days: number | undefined) =>
  call('PATCH', `/v1/pipelines/${defaultPipeline.id}`, {
    body: { stages: defaultPipeline.stages.map((stage, i) => (i === 0 && days ? { ...stage, rottenAfterDays: days } : stage)) },
  });

test('a task is told to be due once, when it is, in the timeline of its deal, too', async () => {
  const deal = await opened();
  const task = await plan(deal.id, '2026-11-22T19:00:00Z');
  await sweep();
  expect(said('TaskDue')).toEqual([]);
  edge.clock.advance(3_600_000);
  await sweep();
  await sweep();
  expect(said('TaskDue')).toMatchObject([
    {
      metadata: { subject: task.id, sequence: 1, actor: 'system:deals' },
      data: { task: { id: task.id, title: 'Call' }, dealName: 'Engines' },
    },
  ]);
  const { data } = (await call('GET', `/v1/deals/${deal.id}/timeline`)).body;
  expect(data[0]).toMatchObject({ type: 'TaskDue', summary: 'A follow-up is due: Call.' });
});

test('a task with another due time is told again then, and one that is done never', async () => {
  const deal = await opened();
  const task = await plan(deal.id, '2026-11-22T18:00:00Z');
  const done = await plan(deal.id, '2026-11-22T18:00:00Z');
  await call('PATCH', `/v1/tasks/${done.id}`, { body: { done: true } });
  await sweep();
  await call('PATCH', `/v1/tasks/${task.id}`, { body: { dueAt: '2026-11-22T18:30:00Z' } });
  await sweep();
  expect(said('TaskDue')).toHaveLength(1);
  edge.clock.advance(3_600_000);
  await sweep();
  expect(said('TaskDue').map(({ metadata }) => [metadata.subject, metadata.sequence])).toEqual([
    [task.id, 1],
    [task.id, 2],
  ]);
});

test('a task is told once by two sweeps at the same time', async () => {
  const deal = await opened();
  await plan(deal.id, '2026-11-22T18:00:00Z');
  edge.table.interfere(() => sweep());
  await sweep();
  expect(said('TaskDue')).toHaveLength(1);
});

test('a task of a deleted deal is not told', async () => {
  const deal = await opened();
  await plan(deal.id, '2026-11-22T18:00:00Z');
  await call('DELETE', `/v1/deals/${deal.id}`);
  await sweep();
  expect(said('TaskDue')).toEqual([]);
});

test('a deal rots when it stands too long, is flagged, and told so once', async () => {
  await rottenAfter(3);
  const deal = await opened();
  edge.clock.advance(3 * dayMs);
  await sweep();
  expect((await call('GET', `/v1/deals/${deal.id}`)).body.rotten).toBe(false);
  edge.clock.advance(1);
  await sweep();
  await sweep();
  expect(said('DealRotten')).toMatchObject([
    { metadata: { subject: deal.id, sequence: 2 }, data: { deal: { id: deal.id }, stageName: 'Qualification' } },
  ]);
  const { body } = await call('GET', `/v1/deals/${deal.id}`);
  expect([body.rotten, body.version]).toEqual([true, 1]);
});

test('a deal that comes back to the stage rots anew', async () => {
  await rottenAfter(3);
  const deal = await opened();
  edge.clock.advance(4 * dayMs);
  await sweep();
  await call('POST', `/v1/deals/${deal.id}/move`, { body: { stageId: defaultPipeline.stages[1]?.id } });
  await call('POST', `/v1/deals/${deal.id}/move`, { body: { stageId: defaultPipeline.stages[0]?.id } });
  await sweep();
  expect(said('DealRotten')).toHaveLength(1);
  edge.clock.advance(4 * dayMs);
  await sweep();
  expect(said('DealRotten')).toHaveLength(2);
});

test('a stage that is given less time has its deals told, one given more has none told twice', async () => {
  await opened();
  edge.clock.advance(10 * dayMs);
  await opened();
  await sweep();
  expect(said('DealRotten')).toEqual([]);
  await rottenAfter(5);
  await sweep();
  expect(said('DealRotten')).toHaveLength(1);
  await rottenAfter(20);
  edge.clock.advance(6 * dayMs);
  await sweep();
  await rottenAfter(5);
  await sweep();
  await sweep();
  expect(said('DealRotten')).toHaveLength(2);
});

test('many rotten deals are told in batches, over several runs when time is short', async () => {
  await rottenAfter(1);
  for (let i = 0; i < 120; i += 1) await opened();
  edge.clock.advance(2 * dayMs);
  let left = 70;
  const remaining = () => {
    left -= 1;
    return left < 0 ? 0 : 50_000;
  };
  await handler({}, { ...testContext(), getRemainingTimeInMillis: remaining });
  const some = said('DealRotten').length;
  expect(some).toBeGreaterThan(50);
  expect(some).toBeLessThan(120);
  await sweep();
  expect(new Set(said('DealRotten').map(({ metadata }) => metadata.subject)).size).toBe(120);
  expect(said('DealRotten')).toHaveLength(120);
});

test('what hangs on a deleted deal is cleared away, and only that', async () => {
  const deal = await opened();
  const other = await opened();
  for (const { id } of [deal, other]) {
    await plan(id, '2026-12-22T18:00:00Z');
    await call('POST', `/v1/deals/${id}/notes`, { body: { body: 'x' } });
    await call('POST', `/v1/deals/${id}/documents`, { body: { title: 'x', url: 'https://example.com/', kind: 'y' } });
  }
  for (let i = 0; i < 45; i += 1) await plan(deal.id, '2026-12-22T18:00:00Z');
  await call('DELETE', `/v1/deals/${deal.id}`);
  await sweep();
  for (const kind of ['task', 'note', 'document', 'task-locator']) expect(edge.table.items(kind), kind).toHaveLength(1);
  const [tombstone] = edge.table.items('deal').filter(({ pk }) => pk.includes(deal.id));
  expect(tombstone?.indexes).toBeUndefined();
  expect(tombstone?.data).toEqual({ gone: { reason: 'deleted', at: '2026-11-22T18:18:42.000Z' }, sequence: 2 });
});
