import { afterAll, beforeAll, expect, test } from 'vitest';
import { contactRecordKey } from '#contracts/records/account.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { openTestTable, type TestTable } from '#testing/engine.ts';
import { client, testKey } from '#testing/requests.ts';
import { testEdge, testNow, testSecret } from '#testing/unit.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

let engine: TestTable;
let call: ReturnType<typeof client>;
const contactId = newId('contact', testNow);

beforeAll(async () => {
  engine = await openTestTable();
  const edge: Edge = { ...testEdge(), random: Math.random, table: engine.open({ now: () => testNow }) };
  const createdAt = new Date(testNow).toISOString();
  const provenance = { actor: 'a', correlationId: 'c', causationId: 'c', now: createdAt };
  const key = apiKeyItem({
    key: testKey,
    secret: testSecret,
    record: { id: newId('apiKey', testNow), name: 'test', scopes: ['admin'], createdAt },
  });
  await edge.table.commit({ writes: [{ op: 'create', item: key }] }, { ...provenance, service: 'platform' });
  const contact = { ...contactRecordKey(contactId), kind: 'contact', data: { contact: {}, sequence: 1 } };
  await edge.table.commit({ writes: [{ op: 'create', item: contact }] }, { ...provenance, service: 'accounts' });
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
});
afterAll(() => engine.stop());

test.each([0, 1, 2, 3, 4, 5])('a stage is removed or has deals, never both, when both are tried at once (%i)', async (late) => {
  const stages = [
    { name: 'Due', probability: 20 },
    { name: 'Agreed', probability: 80 },
  ];
  const pipeline: Pipeline = (await call('POST', '/v1/pipelines', { body: { name: 'Renewals', stages } })).body;
  const [due, agreed] = pipeline.stages;
  const open = () =>
    call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId }], pipelineId: pipeline.id, stageId: due?.id } });
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
