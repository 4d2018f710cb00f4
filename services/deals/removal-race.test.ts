import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pipeline } from '#contracts/resources/deal.ts';
import { serveHttp } from '#runtime/http.ts';
import { type EngineEdge, openEngineEdge } from '#testing/engine.ts';
import { client } from '#testing/requests.ts';
import { buyer, buyerId } from '#testing/sales.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

let edge: EngineEdge;
let call: ReturnType<typeof client>;

beforeAll(async () => {
  edge = await openEngineEdge();
  await edge.seed(buyer);
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge: { ...edge, random: Math.random } }));
});
afterAll(() => edge.engine.stop());

test.each([0, 1, 2, 3, 4, 5])('a stage is removed or has deals, never both, when both are tried at once (%i)', async (late) => {
  const stages = [
    { name: 'Due', probability: 20 },
    { name: 'Agreed', probability: 80 },
  ];
  const pipeline: Pipeline = (await call('POST', '/v1/pipelines', { body: { name: 'Renewals', stages } })).body;
  const [due, agreed] = pipeline.stages;
  const open = () =>
    call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId: buyerId }], pipelineId: pipeline.id, stageId: due?.id } });
  const [removed, ...opened] = await Promise.all([
    (async () => {
      for (let turn = 0; turn < late; turn += 1) await call('GET', `/v1/pipelines/${pipeline.id}`);
      return call('PATCH', `/v1/pipelines/${pipeline.id}`, { body: { stages: [agreed] } });
    })(),
    ...Array.from({ length: 8 }, open),
  ]);
  const entered = opened.filter(({ status }) => status === 201).length;
  for (const { status } of opened) expect([201, 422]).toContain(status);
  expect(removed.status).toBe(entered === 0 ? 200 : 409);
  const { body } = await call('GET', `/v1/pipelines/${pipeline.id}/board`);
  expect(body.stages.map(({ count }: { count: number }) => count)).toEqual(entered === 0 ? [0] : [entered, 0]);
});
