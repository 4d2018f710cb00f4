import { beforeEach, describe, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import { defaultPipeline, defaultPipelineId } from '#contracts/records/pipeline.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import { serveHttp } from '#runtime/http.ts';
import { client, seedKey } from '#testing/requests.ts';
import { type TestEdge, testEdge } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const contactId = 'cont_01J00000000000000000000001';
let edge: TestEdge;
let call: ReturnType<typeof client>;

beforeEach(() => {
  edge = testEdge();
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  seedKey(edge);
  edge.table.seed({ ...contactRecordKey(contactId), kind: 'contact', data: { contact: {}, sequence: 1 } });
});

const made = async (
  stages: readonly object[] = [
    { name: 'Due', probability: 20 },
    { name: 'Agreed', probability: 80 },
  ],
): Promise<Pipeline> => (await call('POST', '/v1/pipelines', { body: { name: 'Renewals', stages } })).body;

const dealIn = async ({ id: pipelineId }: Pipeline, stageId?: string): Promise<string> =>
  (await call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId }], pipelineId, stageId } })).body.id;

describe('a pipeline', () => {
  test('is made with its stages in order, read and listed before the default one', async () => {
    const { status, headers, body } = await call('POST', '/v1/pipelines', {
      body: {
        name: 'Renewals',
        stages: [
          { name: 'Due', probability: 20, rottenAfterDays: 3 },
          { name: 'Agreed', probability: 80.5 },
        ],
      },
    });
    expect(status).toBe(201);
    expect(headers.location).toBe(`/v1/pipelines/${body.id}`);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^pipe_/),
      version: 1,
      stages: [
        { id: expect.stringMatching(/^stage_/), name: 'Due', probability: 20, rottenAfterDays: 3 },
        { id: expect.stringMatching(/^stage_/), name: 'Agreed', probability: 80.5 },
      ],
    });
    expect((await call('GET', `/v1/pipelines/${body.id}`)).body).toEqual(body);
    const ids = async (query: string) => {
      const list = (await call('GET', `/v1/pipelines${query}`)).body;
      return { ids: list.data.map(({ id }: Pipeline) => id), next: list.nextCursor };
    };
    expect((await ids('')).ids).toEqual([body.id, defaultPipelineId]);
    const first = await ids('?limit=1');
    expect(first.ids).toEqual([body.id]);
    expect(await ids(`?limit=1&cursor=${encodeURIComponent(first.next)}`)).toEqual({ ids: [defaultPipelineId], next: null });
  });

  test('needs a stage, and takes no ids for new ones', async () => {
    const pointer = async (body: object) => (await call('POST', '/v1/pipelines', { body })).body.errors[0].pointer;
    expect(await pointer({ name: 'None', stages: [] })).toBe('/stages');
    expect(await pointer({ name: 'Foreign', stages: [{ id: defaultPipeline.stages[0]?.id, name: 'x', probability: 1 }] })).toBe(
      '/stages/0/id',
    );
    expect(await pointer({ name: 'Sure', stages: [{ name: 'x', probability: 101 }] })).toBe('/stages/0/probability');
  });

  test('is renamed, its stages reordered, renamed and added, while deals stay where they are', async () => {
    const pipeline = await made();
    const [due, agreed] = pipeline.stages;
    const dealId = await dealIn(pipeline, agreed?.id);
    const { status, body } = await call('PATCH', `/v1/pipelines/${pipeline.id}`, {
      body: { name: 'Upkeep', stages: [{ ...agreed, name: 'Sure' }, { name: 'New', probability: 50 }, due] },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'Upkeep', version: 2 });
    expect(body.stages.map(({ name }: { name: string }) => name)).toEqual(['Sure', 'New', 'Due']);
    expect(body.stages[0].id).toBe(agreed?.id);
    expect((await call('GET', `/v1/deals/${dealId}`)).body.stageId).toBe(agreed?.id);
    const board = (await call('GET', `/v1/pipelines/${pipeline.id}/board`)).body;
    expect(board.stages.map(({ name, count }: { name: string; count: number }) => [name, count])).toEqual([
      ['Sure', 1],
      ['New', 0],
      ['Due', 0],
    ]);
  });

  test('answers a patch that changes nothing with the same version, and refuses an old one', async () => {
    const pipeline = await made();
    expect((await call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { name: 'Renewals' } })).body).toEqual(pipeline);
    await call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { name: 'Other' } });
    expect((await call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { name: 'x' }, headers: { 'if-match': '"1.1"' } })).status).toBe(
      412,
    );
  });

  test('loses a stage without open deals; a closed deal of it is reopened in the first', async () => {
    const pipeline = await made();
    const [due, agreed] = pipeline.stages;
    const dealId = await dealIn(pipeline, due?.id);
    const patch = () => call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { stages: [agreed] } });
    const refused = await patch();
    expect([refused.status, refused.body.type]).toEqual([409, '/problems/in-use']);
    await call('POST', `/v1/deals/${dealId}/win`);
    expect((await patch()).status).toBe(200);
    expect((await call('POST', `/v1/deals/${dealId}/reopen`)).body).toMatchObject({ status: 'open', stageId: agreed?.id });
    const other = await dealIn(pipeline);
    const gone = await call('POST', `/v1/deals/${other}/move`, { body: { stageId: due?.id } });
    expect(gone.body.errors).toMatchObject([{ pointer: '/stageId', code: 'unknown_id' }]);
  });

  test('keeps a stage that a deal enters while it is being removed', async () => {
    const pipeline = await made();
    const [due, agreed] = pipeline.stages;
    const dealId = await dealIn(pipeline, agreed?.id);
    edge.table.interfere(() => call('POST', `/v1/deals/${dealId}/move`, { body: { stageId: due?.id } }));
    expect((await call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { stages: [agreed] } })).status).toBe(409);
    expect((await call('GET', `/v1/deals/${dealId}`)).body.stageId).toBe(due?.id);
  });

  test('lets no deal into a stage that is removed while the deal is on its way', async () => {
    const pipeline = await made();
    const [due, agreed] = pipeline.stages;
    const dealId = await dealIn(pipeline, agreed?.id);
    edge.table.interfere(() => call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { stages: [agreed] } }));
    const moved = await call('POST', `/v1/deals/${dealId}/move`, { body: { stageId: due?.id } });
    expect(moved.status).toBe(422);
    expect((await call('GET', `/v1/deals/${dealId}`)).body.stageId).toBe(agreed?.id);
    const opened = call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId }], pipelineId: pipeline.id, stageId: due?.id } });
    expect((await opened).status).toBe(422);
  });

  test('is deleted when no open deal is in it', async () => {
    const pipeline = await made();
    const dealId = await dealIn(pipeline);
    const remove = () => call('DELETE', `/v1/pipelines/${pipeline.id}`);
    expect((await remove()).status).toBe(409);
    await call('POST', `/v1/deals/${dealId}/lose`, { body: { reason: 'price' } });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await call('GET', `/v1/pipelines/${pipeline.id}/board`)).status).toBe(404);
    expect((await call('GET', `/v1/deals/${dealId}`)).body.pipelineId).toBe(pipeline.id);
    expect((await call('POST', `/v1/deals/${dealId}/reopen`)).body).toMatchObject({ pipelineId: defaultPipelineId });
  });

  test('takes no new deal that comes while it is being deleted', async () => {
    const pipeline = await made();
    edge.table.interfere(() => call('DELETE', `/v1/pipelines/${pipeline.id}`));
    const answer = await call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId }], pipelineId: pipeline.id } });
    expect(answer.body.errors).toMatchObject([{ pointer: '/pipelineId', code: 'unknown_id' }]);
  });

  test('is not deleted when it is the default one, which can be changed', async () => {
    expect((await call('DELETE', `/v1/pipelines/${defaultPipelineId}`)).status).toBe(409);
    const [first, ...others] = defaultPipeline.stages;
    const { status, body } = await call('PATCH', `/v1/pipelines/${defaultPipelineId}`, {
      body: { stages: [...others, { ...first, rottenAfterDays: 5 }] },
    });
    expect([status, body.stages.at(-1).rottenAfterDays, body.version]).toEqual([200, 5, 2]);
    const list = (await call('GET', '/v1/pipelines')).body.data;
    expect(list).toEqual([body]);
  });

  test('loses six stages at a time at most', async () => {
    const stages = Array.from({ length: 8 }, (_, i) => ({ name: `Stage ${i}`, probability: i }));
    const pipeline = await made(stages);
    const keep = (n: number) => call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { stages: pipeline.stages.slice(0, n) } });
    expect((await keep(1)).body.errors).toMatchObject([{ pointer: '/stages', code: 'too_many_removed' }]);
    expect((await call('DELETE', `/v1/pipelines/${pipeline.id}`)).status).toBe(409);
    expect((await keep(2)).status).toBe(200);
    expect((await call('DELETE', `/v1/pipelines/${pipeline.id}`)).status).toBe(204);
  });
});
