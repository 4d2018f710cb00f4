import { beforeEach, describe, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const contactId = 'cont_01J00000000000000000000001';
const [first, second] = defaultPipeline.stages.map(({ id }) => id);
let edge: TestEdge;
let call: ReturnType<typeof client>;
let actor: string;

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  actor = seedKey(edge);
  edge.table.seed({ ...contactRecordKey(contactId), kind: 'contact', data: { contact: {}, sequence: 1 } });
});

const opened = async (more: object = {}) =>
  (
    await call('POST', '/v1/deals', {
      body: { name: 'Engines', contacts: [{ contactId }], amount: { amount: 500, currency: 'EUR' }, ...more },
    })
  ).body;

describe('deleting a deal', () => {
  test('takes it out of lists, board and forecast, and says so', async () => {
    const deal = await opened();
    const other = await opened();
    expect((await call('DELETE', `/v1/deals/${deal.id}`)).status).toBe(204);
    for (const path of ['', '/timeline', '/history', '/notes', '/tasks', '/documents']) {
      expect((await call('GET', `/v1/deals/${deal.id}${path}`)).status).toBe(404);
    }
    expect((await call('DELETE', `/v1/deals/${deal.id}`)).status).toBe(404);
    expect((await call('POST', `/v1/deals/${deal.id}/win`)).status).toBe(404);
    expect((await call('GET', '/v1/deals')).body.data.map(({ id }: { id: string }) => id)).toEqual([other.id]);
    const board = (await call('GET', `/v1/pipelines/${defaultPipeline.id}/board`)).body.stages[0];
    expect([board.count, board.total]).toEqual([1, [{ amount: 500, currency: 'EUR' }]]);
    expect((await call('GET', '/v1/forecast')).body.data).toMatchObject([{ month: null, open: 500, openCount: 1 }]);
    const said = edge.table.events.at(-1);
    expect([said?.detailType, said?.detail.metadata.sequence, said?.detail.data]).toEqual([
      'DealDeleted',
      2,
      { deal: expect.objectContaining({ id: deal.id, amount: { amount: 500, currency: 'EUR' } }) },
    ]);
  });

  test('takes a won deal out of win rates and reports', async () => {
    const deal = await opened();
    await call('POST', `/v1/deals/${deal.id}/win`);
    expect((await call('GET', '/v1/reports/velocity')).body.winRate).toBe(1);
    await call('DELETE', `/v1/deals/${deal.id}`);
    expect((await call('GET', '/v1/reports/velocity')).body).toEqual({ stages: [], winRate: null, medianCycleDays: null });
    expect((await call('GET', `/v1/pipelines/${defaultPipeline.id}/board`)).body.stages[0].observed.sample).toBe(0);
  });

  test('is held to the version that the caller knows', async () => {
    const deal = await opened();
    await call('PATCH', `/v1/deals/${deal.id}`, { body: { name: 'Other' } });
    expect((await call('DELETE', `/v1/deals/${deal.id}`, { headers: { 'if-match': '"1.2"' } })).status).toBe(412);
  });
});

describe('cloning a deal', () => {
  test('opens one with its fields in the first stage, and without its history', async () => {
    const deal = await opened({
      stageId: second,
      tags: ['vip'],
      owner: 'ann',
      probability: 33,
      expectedCloseDate: '2027-01-31',
      customFields: { a: 1 },
    });
    await call('POST', `/v1/deals/${deal.id}/win`);
    const { status, headers, body } = await call('POST', `/v1/deals/${deal.id}/clone`, { body: { name: 'Again' } });
    expect(status).toBe(201);
    expect(headers.location).toBe(`/v1/deals/${body.id}`);
    const { name, contacts, amount, tags, owner, expectedCloseDate, customFields } = deal;
    expect(body).toMatchObject({
      contacts,
      amount,
      tags,
      owner,
      expectedCloseDate,
      customFields,
      name: 'Again',
      status: 'open',
      stageId: first,
      probability: 10,
      version: 1,
    });
    expect(body.closedAt).toBeUndefined();
    expect((await call('POST', `/v1/deals/${deal.id}/clone`)).body.name).toBe(name);
    expect((await call('GET', `/v1/deals/${body.id}/history`)).body.data).toHaveLength(1);
    expect(edge.table.events.at(-1)?.detailType).toBe('DealCreated');
  });
});

describe('the history of a deal', () => {
  test('tells its stages with times, names and the probability then', async () => {
    const deal = await opened({ probability: 15 });
    edge.clock.advance(60_000);
    await call('POST', `/v1/deals/${deal.id}/move`, { body: { stageId: second } });
    await call('PATCH', `/v1/pipelines/${defaultPipeline.id}`, {
      body: { stages: defaultPipeline.stages.map((stage) => ({ ...stage, name: `New ${stage.name}`, probability: 99 })) },
    });
    edge.clock.advance(120_500);
    await call('POST', `/v1/deals/${deal.id}/lose`, { body: { reason: 'price' } });
    edge.clock.advance(1_000);
    await call('POST', `/v1/deals/${deal.id}/reopen`);
    const { data, nextCursor } = (await call('GET', `/v1/deals/${deal.id}/history`)).body;
    expect(data).toEqual([
      {
        stageId: first,
        name: 'Qualification',
        probability: 15,
        enteredAt: '2026-11-22T18:18:42.000Z',
        leftAt: '2026-11-22T18:19:42.000Z',
        seconds: 60,
      },
      {
        stageId: second,
        name: 'Discovery',
        probability: 20,
        enteredAt: '2026-11-22T18:19:42.000Z',
        leftAt: '2026-11-22T18:21:42.500Z',
        seconds: 120,
      },
      { stageId: second, name: 'New Discovery', probability: 99, enteredAt: '2026-11-22T18:21:43.500Z' },
    ]);
    expect(nextCursor).toBeNull();
    const page = (await call('GET', `/v1/deals/${deal.id}/history?limit=2`)).body;
    const rest = (await call('GET', `/v1/deals/${deal.id}/history?limit=2&cursor=${encodeURIComponent(page.nextCursor)}`)).body;
    expect([...page.data, ...rest.data]).toEqual(data);
  });
});

describe('notes and documents', () => {
  test('are kept with the deal, newest first', async () => {
    const { id } = await opened();
    const note = await call('POST', `/v1/deals/${id}/notes`, { body: { body: 'Called.\nWill call back.' } });
    expect(note.status).toBe(201);
    expect(note.body).toMatchObject({
      id: expect.stringMatching(/^note_/),
      dealId: id,
      body: 'Called.\nWill call back.',
      createdBy: actor,
      version: 1,
    });
    expect((await call('GET', note.headers.location ?? '')).body).toEqual(note.body);
    edge.clock.advance(1);
    const second = await call('POST', `/v1/deals/${id}/notes`, { body: { body: 'Again.' } });
    expect((await call('GET', `/v1/deals/${id}/notes`)).body.data).toEqual([second.body, note.body]);
    const offer = await call('POST', `/v1/deals/${id}/documents`, {
      body: { title: 'Offer', url: 'https://example.com/offer.pdf', kind: 'offer' },
    });
    expect(offer.body).toMatchObject({ id: expect.stringMatching(/^doc_/), title: 'Offer', kind: 'offer' });
    expect((await call('GET', offer.headers.location ?? '')).body).toEqual(offer.body);
    expect((await call('GET', `/v1/deals/${id}/documents`)).body.data).toEqual([offer.body]);
  });

  test('are checked', async () => {
    const { id } = await opened();
    expect((await call('POST', `/v1/deals/${id}/notes`, { body: { body: ' ' } })).status).toBe(422);
    const link = (url: string) => call('POST', `/v1/deals/${id}/documents`, { body: { title: 'x', url, kind: 'y' } });
    expect((await link('javascript:alert(1)')).body.errors).toMatchObject([{ pointer: '/url' }]);
    expect((await link('ftp://example.com/')).status).toBe(422);
    expect((await call('POST', '/v1/deals/deal_01J00000000000000000000009/notes', { body: { body: 'x' } })).status).toBe(404);
    expect((await call('GET', `/v1/deals/${id}/notes/note_01J00000000000000000000009`)).status).toBe(404);
  });
});

describe('tasks', () => {
  const plan = async (dealId: string, more: object = {}) =>
    (await call('POST', `/v1/deals/${dealId}/tasks`, { body: { title: 'Call', dueAt: '2026-11-24T09:00:00+01:00', ...more } })).body;
  const listed = async (query: string) => (await call('GET', `/v1/tasks${query}`)).body.data.map(({ title }: { title: string }) => title);

  test('are planned, done and undone', async () => {
    const { id } = await opened();
    const task = await plan(id, { assignee: 'ann', kind: 'call' });
    expect(task).toMatchObject({
      id: expect.stringMatching(/^task_/),
      dealId: id,
      dueAt: '2026-11-24T08:00:00.000Z',
      done: false,
      assignee: 'ann',
    });
    expect((await call('GET', `/v1/deals/${id}/tasks`)).body.data).toEqual([task]);
    edge.clock.advance(1_000);
    const done = await call('PATCH', `/v1/tasks/${task.id}`, { body: { done: true } });
    expect([done.status, done.body.done, done.body.doneAt, done.body.version]).toEqual([200, true, '2026-11-22T18:18:43.000Z', 2]);
    expect((await call('PATCH', `/v1/tasks/${task.id}`, { body: { done: true } })).body).toEqual(done.body);
    const undone = (await call('PATCH', `/v1/tasks/${task.id}`, { body: { done: false, assignee: null } })).body;
    expect([undone.done, undone.doneAt, undone.assignee]).toEqual([false, undefined, undefined]);
    expect((await call('GET', `/v1/tasks/${task.id}`)).body).toEqual(undone);
  });

  test('are listed by assignee, due time and whether they are done', async () => {
    const { id } = await opened();
    const other = await opened();
    const task = await plan(id, { title: 'A', assignee: 'ann' });
    edge.clock.advance(1);
    await plan(other.id, { title: 'B', assignee: 'bob', dueAt: '2026-11-25T00:00:00Z' });
    edge.clock.advance(1);
    await plan(id, { title: 'C', assignee: 'ann', dueAt: '2026-12-24T00:00:00Z' });
    await call('PATCH', `/v1/tasks/${task.id}`, { body: { done: true } });
    expect(await listed('')).toEqual(['C', 'B', 'A']);
    expect(await listed('?assignee=ann')).toEqual(['C', 'A']);
    expect(await listed('?assignee=ann&done=false')).toEqual(['C']);
    expect(await listed('?done=true')).toEqual(['A']);
    expect(await listed('?dueBefore=2026-11-25')).toEqual(['A']);
    expect(await listed('?dueBefore=2026-11-25T00:00:01Z')).toEqual(['B', 'A']);
    expect((await call('GET', '/v1/tasks?done=maybe')).status).toBe(400);
    await call('DELETE', `/v1/deals/${other.id}`);
    expect(await listed('')).toEqual(['C', 'A']);
  });

  test('go with their deal', async () => {
    const { id } = await opened();
    const task = await plan(id);
    await call('DELETE', `/v1/deals/${id}`);
    expect((await call('PATCH', `/v1/tasks/${task.id}`, { body: { done: true } })).status).toBe(404);
    expect((await call('GET', `/v1/tasks/${task.id}`)).status).toBe(404);
  });
});

describe('reports', () => {
  test('tell losses by reason and stage, and only those of the period', async () => {
    const lose = async (reason: string, more: object = {}) => {
      const deal = await opened(more);
      await call('POST', `/v1/deals/${deal.id}/lose`, { body: { reason } });
    };
    await lose('price');
    await lose('price', { amount: { amount: 7, currency: 'JPY' } });
    await lose('price', { stageId: second });
    edge.clock.advance(86_400_000);
    await lose('timing', { amount: undefined });
    const losses = async (query: string) => (await call('GET', `/v1/reports/losses${query}`)).body.data;
    const today = [
      {
        reason: 'price',
        stageId: first,
        count: 2,
        amount: [
          { amount: 500, currency: 'EUR' },
          { amount: 7, currency: 'JPY' },
        ],
      },
      { reason: 'price', stageId: second, count: 1, amount: [{ amount: 500, currency: 'EUR' }] },
    ];
    const tomorrow = { reason: 'timing', stageId: first, count: 1, amount: [] };
    expect(await losses('')).toEqual([...today, tomorrow]);
    expect(await losses('?from=2026-11-22&to=2026-11-22')).toEqual(today);
    expect(await losses('?from=2026-11-23')).toEqual([tomorrow]);
    expect(await losses('?from=2026-11-24&to=2026-11-23')).toEqual([]);
    expect((await call('GET', '/v1/reports/losses?from=2026-02-30')).status).toBe(400);
  });

  test('tell how fast deals went', async () => {
    for (const days of [2, 4, 9]) {
      const deal = await opened();
      edge.clock.advance(days * 86_400_000);
      await call('POST', `/v1/deals/${deal.id}/move`, { body: { stageId: second } });
      edge.clock.advance(86_400_000);
      await (days === 9
        ? call('POST', `/v1/deals/${deal.id}/lose`, { body: { reason: 'other' } })
        : call('POST', `/v1/deals/${deal.id}/win`));
    }
    await opened();
    expect((await call('GET', '/v1/reports/velocity')).body).toEqual({
      stages: [
        { stageId: first, medianDays: 4, sample: 3 },
        { stageId: second, medianDays: 1, sample: 3 },
      ],
      winRate: 2 / 3,
      medianCycleDays: 4,
    });
  });

  test('forecast by month, with rows without a month always, in pages', async () => {
    await opened({ expectedCloseDate: '2026-12-24' });
    await opened({ expectedCloseDate: '2027-02-01', amount: { amount: 9, currency: 'JPY' } });
    await opened();
    const won = await opened({ expectedCloseDate: '2027-03-01' });
    await call('POST', `/v1/deals/${won.id}/win`);
    const forecast = async (query: string) => (await call('GET', `/v1/forecast${query}`)).body;
    const months = (list: { data: { month: string | null }[] }) => list.data.map(({ month }) => month);
    expect(months(await forecast(''))).toEqual(['2026-11', '2026-12', '2027-02', null]);
    expect(months(await forecast('?from=2027-01&to=2027-12'))).toEqual(['2027-02', null]);
    expect(months(await forecast('?to=2026-11'))).toEqual(['2026-11', null]);
    const page = await forecast('?limit=3');
    const rest = await forecast(`?limit=3&cursor=${encodeURIComponent(page.nextCursor)}`);
    expect([months(page), months(rest), rest.nextCursor]).toEqual([['2026-11', '2026-12', '2027-02'], [null], null]);
    expect((await call('GET', '/v1/forecast?from=2026-13')).status).toBe(400);
  });
});
