import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPipelineId } from '#contracts/records/pipeline.ts';
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
  call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
});
afterAll(() => edge.engine.stop());

test('sums that JSON cannot carry are shown as near as it can, and are exact to the unit again when the deals are gone', async () => {
  const open = async (amount: number): Promise<string> => {
    const body = { name: 'x', contacts: [{ contactId: buyerId }], amount: { amount, currency: 'IRR' }, probability: 100 };
    return (await call('POST', '/v1/deals', { body })).body.id;
  };
  const sums = async () => {
    const { total, weighted } = (await call('GET', `/v1/pipelines/${defaultPipelineId}/board`)).body.stages[0];
    const [row] = (await call('GET', '/v1/forecast')).body.data;
    return [total[0].amount, weighted[0].amount, row.open];
  };
  await open(1);
  const many = await Promise.all(Array.from({ length: 20 }, () => open(Number.MAX_SAFE_INTEGER)));
  const shown = 20 * Number.MAX_SAFE_INTEGER;
  for (const sum of await sums()) expect(Math.abs(sum / shown - 1)).toBeLessThan(1e-15);
  for (const id of many) expect((await call('DELETE', `/v1/deals/${id}`)).status).toBe(204);
  expect(await sums()).toEqual([1, 1, 1]);
}, 60_000);
