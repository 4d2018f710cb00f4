import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { type DealRecord, openDeal, winDeal } from '#services/deals/domain/deal.ts';
import { handlers } from '#services/deals/handlers.ts';
import { apiRoutes } from '#services/deals/routes.ts';
import { deals } from '#services/deals/service.ts';
import { counterWrites } from '#services/deals/store/counters.ts';
import { dealEffect } from '#services/deals/store/deals.ts';
import { toAttributes } from '#table/attributes.ts';
import type { Draft } from '#table/item.ts';
import { openEngineEdge } from '#testing/engine.ts';
import { client } from '#testing/requests.ts';
import { buyer, buyerId } from '#testing/sales.ts';
import { testNow } from '#testing/unit.ts';
import { type Figure, figure } from './figures.ts';

// Every call would write its log line between the figures.
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
process.env.POWERTOOLS_METRICS_DISABLED = 'true';

const perBatch = 25;
const dayMs = 86_400_000;

/** Deals of a year's work, three in ten won: their items, and the counters they add up to, as the service itself would have written them one by one. */
const dealsOfAYear = (count: number): Draft[] => {
  const items: Draft[] = [];
  const counters = new Map<string, Draft<Record<string, number>>>();
  for (let i = 0; i < count; i += 1) {
    const now = new Date(testNow - (i % 300) * dayMs).toISOString();
    const stage = defaultPipeline.stages[i % defaultPipeline.stages.length];
    if (!stage) continue;
    const input = {
      // As long for one deal as for another, whatever their number.
      name: `Lovelace Engines Ltd – Analytical engine ${String(i).padStart(6, '0')}`,
      contacts: [{ contactId: buyerId }],
      amount: { amount: 10_000 + i, currency: i % 5 === 0 ? 'USD' : 'EUR' },
      expectedCloseDate: new Date(testNow + (i % 180) * dayMs).toISOString().slice(0, 10),
      owner: `owner-${i % 40}@example.com`,
      tags: [],
      lineItems: [],
    };
    const opened = openDeal(newId('deal', testNow - i), input, defaultPipeline, stage, now);
    const change = i % 10 < 3 ? winDeal(opened.next, now, now) : opened;
    const record: DealRecord = change.next;
    const [write] = dealEffect(undefined, { next: record, facts: [] }).writes;
    if (write?.op === 'create') items.push(write.item);
    for (const addition of counterWrites(record.deal.id, undefined, record)) {
      if (addition.op !== 'add') continue;
      const name = JSON.stringify(addition.key);
      const sum = counters.get(name)?.data ?? {};
      const numbers = Object.entries(addition.numbers).map(([member, number]) => [member, (sum[member] ?? 0) + number]);
      counters.set(name, { ...addition.key, kind: addition.kind, data: { ...sum, ...Object.fromEntries(numbers) } });
    }
  }
  return [...items, ...counters.values()];
};

const load = async (database: DynamoDBClient, tableName: string, items: readonly Draft[]): Promise<void> => {
  for (let i = 0; i < items.length; i += perBatch * 4) {
    await Promise.all(
      Array.from({ length: 4 }, (_, k) => items.slice(i + k * perBatch, i + (k + 1) * perBatch))
        .filter((batch) => batch.length > 0)
        .map((batch) =>
          database.send(
            new BatchWriteItemCommand({
              RequestItems: { [tableName]: batch.map((item) => ({ PutRequest: { Item: toAttributes({ ...item, rev: 1 }) } })) },
            }),
          ),
        ),
    );
  }
};

const measure = async (count: number): Promise<Figure[]> => {
  const edge = await openEngineEdge();
  const { engine } = edge;
  try {
    await load(engine.client, engine.tableName, [buyer, ...dealsOfAYear(count)]);
    const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
    await call('GET', '/v1/pipelines');
    const units = async (method: string, path: string, body?: object) => {
      const { result, ...cost } = await edge.costOf(() => call(method, path, body ? { body, headers: { 'idempotency-key': path } } : {}));
      if (result.status >= 300) throw new Error(`${method} ${path}: ${result.status}`);
      return { ...cost, body: result.body };
    };
    const board = await units('GET', `/v1/pipelines/${defaultPipeline.id}/board`);
    const forecast = await units('GET', '/v1/forecast?from=2026-10&to=2027-03');
    const owned = await units('GET', '/v1/forecast?from=2026-10&to=2027-03&owner=owner-7%40example.com');
    const velocity = await units('GET', '/v1/reports/velocity?from=2026-03-10&to=2026-11-20');
    const [first] = (await units('GET', '/v1/deals?status=open&limit=1')).body.data;
    const to = defaultPipeline.stages.find(({ id }) => id !== first.stageId)?.id;
    const moved = await units('POST', `/v1/deals/${first.id}/move`, { stageId: to });
    const at = `at ${count.toLocaleString('en')} deals`;
    return [
      figure(`Board, ${at}`, board.read, 'read units', { atMost: 30 }),
      figure(`Forecast of six months, ${at}`, forecast.read, 'read units', { atMost: 30 }),
      figure(`Forecast of an owner, ${at}`, owned.read, 'read units', { atMost: 30 }),
      figure(`Velocity of nine months, ${at}`, velocity.read, 'read units'),
      figure(`Moving a deal with an Idempotency-Key, ${at}`, moved.write, 'write units', { atMost: 24 }),
    ];
  } finally {
    await engine.stop();
  }
};

/** What board, forecast and a move cost, few deals or many. */
export const dealCosts = async (): Promise<Figure[]> => [...(await measure(1_000)), ...(await measure(100_000))];
