import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { type Deal, lossReasons } from '#contracts/resources/deal.ts';
import type { ForecastRow, LossRow } from '#contracts/resources/deal-reports.ts';
import { serveHttp } from '#runtime/http.ts';
import { handlers } from '#services/deals/handlers.ts';
import { apiRoutes } from '#services/deals/routes.ts';
import { deals } from '#services/deals/service.ts';
import { client } from '#testing/requests.ts';
import { buyerId, renewals, salesEdge } from '#testing/sales.ts';
import { differencesOfDeals } from '../verify/deals.ts';

const pipelines = [defaultPipeline, renewals];
const places = pipelines.flatMap((pipeline) =>
  pipeline.stages.slice(0, 3).map(({ id: stageId }) => ({ pipelineId: pipeline.id, stageId })),
);
const dayMs = 86_400_000;

const fields = {
  amount: fc.option(fc.record({ amount: fc.nat({ max: 10_000 }), currency: fc.constantFrom('EUR', 'JPY') }), { nil: null }),
  probability: fc.option(
    fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
    { nil: null },
  ),
  owner: fc.constantFrom('ann', 'bob', null),
  expectedCloseDate: fc.constantFrom('2026-11-30', '2026-12-31', '2027-01-01', null),
};
const place = fc.constantFrom(...places);
const which = fc.nat({ max: 4 });
const days = fc.nat({ max: 40 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('create' as const), place, fields: fc.record(fields, { requiredKeys: [] }), days }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('patch' as const), which, fields: fc.record(fields, { requiredKeys: [] }), days }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('move' as const), which, place, days }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('replace' as const), which, place, days }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('win' as const), which, days }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('lose' as const), which, reason: fc.constantFrom(...lossReasons.slice(0, 3)), days }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reopen' as const), which, days }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), which, days }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('clone' as const), which, days }) },
);

/** A deal as its answers tell it, and how long it was in each stage, kept by the test itself. */
interface Modelled {
  deal: Deal;
  stays: Map<string, number>;
}

const written = (given: Record<string, unknown>) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));

const expectedForecast = (all: readonly Modelled[], filter: { pipelineId?: string; owner?: string }): ForecastRow[] => {
  const rows = new Map<string, ForecastRow>();
  for (const { deal } of all) {
    if (!deal.amount || (filter.pipelineId && deal.pipelineId !== filter.pipelineId) || (filter.owner && deal.owner !== filter.owner))
      continue;
    const month = (deal.status === 'open' ? deal.expectedCloseDate : deal.closedAt)?.slice(0, 7) ?? null;
    const { currency, amount } = deal.amount;
    const key = `${month ?? '~'} ${currency}`;
    const row = rows.get(key) ?? { month, currency, open: 0, weighted: 0, won: 0, lost: 0, openCount: 0, wonCount: 0, lostCount: 0 };
    row[deal.status] += amount;
    row[`${deal.status}Count`] += 1;
    if (deal.status === 'open') row.weighted += deal.weightedAmount?.amount ?? 0;
    rows.set(key, row);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
};

const expectedLosses = (all: readonly Modelled[]): LossRow[] => {
  const rows = new Map<string, LossRow>();
  for (const { deal } of all) {
    if (deal.status !== 'lost' || !deal.lostReason) continue;
    const key = `${lossReasons.indexOf(deal.lostReason)} ${deal.stageId}`;
    const row = rows.get(key) ?? { reason: deal.lostReason, stageId: deal.stageId, count: 0, amount: [] };
    row.count += 1;
    if (deal.amount && deal.amount.amount > 0) {
      const sum = row.amount.find(({ currency }) => currency === deal.amount?.currency);
      if (sum) sum.amount += deal.amount.amount;
      else row.amount.push({ ...deal.amount });
    }
    row.amount.sort((a, b) => a.currency.localeCompare(b.currency));
    rows.set(key, row);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.ceil(sorted.length / 2) - 1] ?? 0) + (sorted[Math.floor(sorted.length / 2)] ?? 0)) / 2;
};

test('forecast, reports and every counter say what the deals say, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (history) => {
      const edge = salesEdge();
      const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
      const all: Modelled[] = [];
      /** Whole days only, so that medians are exact. */
      const leave = (known: Modelled): void => {
        if (known.deal.status !== 'open') return;
        const stayed = (edge.now() - Date.parse(known.deal.stageEnteredAt)) / dayMs;
        known.stays.set(known.deal.stageId, (known.stays.get(known.deal.stageId) ?? 0) + stayed);
      };
      for (const one of history) {
        edge.clock.advance(one.days * dayMs);
        if (one.op === 'create') {
          const { body } = await call('POST', '/v1/deals', {
            body: { name: 'x', contacts: [{ contactId: buyerId }], ...one.place, ...written(one.fields) },
          });
          all.push({ deal: body, stays: new Map() });
          continue;
        }
        const known = all[one.which % Math.max(all.length, 1)];
        if (!known) continue;
        const path = `/v1/deals/${known.deal.id}`;
        const before = known.deal;
        if (one.op === 'delete') {
          expect((await call('DELETE', path)).status).toBe(204);
          all.splice(all.indexOf(known), 1);
          continue;
        }
        if (one.op === 'clone') {
          const { body } = await call('POST', `${path}/clone`);
          all.push({ deal: body, stays: new Map() });
          continue;
        }
        const { status, body } =
          one.op === 'patch'
            ? await call('PATCH', path, { body: one.fields })
            : one.op === 'replace'
              ? await call('PATCH', path, { body: one.place })
              : await call('POST', `${path}/${one.op}`, {
                  body: one.op === 'move' ? { stageId: one.place.stageId } : one.op === 'lose' ? { reason: one.reason } : {},
                });
        expect([200, 409, 422]).toContain(status);
        if (status !== 200) continue;
        if (body.stageId !== before.stageId || (before.status === 'open' && body.status !== 'open')) leave(known);
        known.deal = body;
      }

      const forecast = async (query: string) => (await call('GET', `/v1/forecast${query}`)).body.data;
      expect(await forecast('')).toEqual(expectedForecast(all, {}));
      expect(await forecast('?owner=ann')).toEqual(expectedForecast(all, { owner: 'ann' }));
      expect(await forecast(`?pipelineId=${renewals.id}`)).toEqual(expectedForecast(all, { pipelineId: renewals.id }));
      expect(await forecast(`?owner=bob&pipelineId=${renewals.id}`)).toEqual(
        expectedForecast(all, { owner: 'bob', pipelineId: renewals.id }),
      );
      expect(await forecast('?from=2026-12&to=2027-01')).toEqual(
        expectedForecast(all, {}).filter(({ month }) => month === null || (month >= '2026-12' && month <= '2027-01')),
      );

      expect((await call('GET', '/v1/reports/losses')).body.data).toEqual(expectedLosses(all));
      const closed = all.filter(({ deal }) => deal.status !== 'open');
      const won = closed.filter(({ deal }) => deal.status === 'won');
      const { body: velocity } = await call('GET', '/v1/reports/velocity');
      expect(velocity.winRate).toBe(closed.length === 0 ? null : won.length / closed.length);
      const inStages = new Map<string, number[]>();
      for (const { stays } of closed)
        for (const [stageId, stayed] of stays) inStages.set(stageId, [...(inStages.get(stageId) ?? []), stayed]);
      for (const { stageId, sample, medianDays } of velocity.stages) {
        const stays = inStages.get(stageId) ?? [];
        expect(sample).toBe(stays.length);
        if (stays.every((stayed) => stayed < 60)) expect(medianDays).toBe(median(stays));
      }
      expect(velocity.stages).toHaveLength(inStages.size);

      expect(differencesOfDeals(edge.table.items())).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 120_000);
