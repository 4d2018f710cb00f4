import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPipeline } from '#contracts/records/pipeline.ts';
import type { Deal, Pipeline } from '#contracts/resources/deal.ts';
import { serveHttp } from '#runtime/http.ts';
import { client } from '#testing/requests.ts';
import { buyerId, renewals, salesEdge } from '#testing/sales.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

const pipelines = [defaultPipeline, renewals];
const stages = pipelines.flatMap((pipeline) => pipeline.stages.map(({ id: stageId }) => ({ pipelineId: pipeline.id, stageId })));

const place = fc.constantFrom(...stages);
const amount = fc.option(fc.record({ amount: fc.nat({ max: 10_000 }), currency: fc.constantFrom('EUR', 'JPY') }), { nil: null });
const probability = fc.option(
  fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
  { nil: null },
);
const which = fc.nat({ max: 4 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('create' as const), place, amount, probability }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('patch' as const), which, fields: fc.record({ amount, probability }, { requiredKeys: [] }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('replace' as const), which, place }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('move' as const), which, place }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('win' as const, 'lose' as const), which }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('reopen' as const), which }) },
);

/** A board as the deals alone make it, without any counter. */
const expected = (pipeline: Pipeline, all: readonly { deal: Deal; visited: ReadonlySet<string> }[]) =>
  pipeline.stages.map(({ id }) => {
    const here = all.map(({ deal }) => deal).filter((deal) => deal.status === 'open' && deal.stageId === id);
    const sums = (money: (deal: Deal) => Deal['amount']) => {
      const byCurrency = new Map<string, number>();
      for (const one of here.map(money)) if (one) byCurrency.set(one.currency, (byCurrency.get(one.currency) ?? 0) + one.amount);
      return [...byCurrency]
        .filter(([, value]) => value !== 0)
        .map(([currency, value]) => ({ currency, amount: value }))
        .sort((a, b) => a.currency.localeCompare(b.currency));
    };
    const closed = all.filter(({ deal, visited }) => deal.status !== 'open' && visited.has(id));
    const won = closed.filter(({ deal }) => deal.status === 'won').length;
    return {
      stageId: id,
      count: here.length,
      total: sums((deal) => deal.amount),
      weighted: sums((deal) => deal.weightedAmount),
      // Those that came last, first.
      deals: here.toSorted((a, b) => (`${a.stageEnteredAt} ${a.id}` < `${b.stageEnteredAt} ${b.id}` ? 1 : -1)).map((deal) => deal.id),
      observed: { winRate: closed.length === 0 ? null : won / closed.length, sample: closed.length, insufficientHistory: true },
    };
  });

test('boards say what the deals say, after any history of edits, moves, closings and reopenings', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
      const edge = salesEdge();
      const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
      const all: { deal: Deal; visited: Set<string> }[] = [];
      for (const one of history) {
        edge.clock.advance(1);
        const known = 'which' in one ? all[one.which % Math.max(all.length, 1)] : undefined;
        if (one.op === 'create') {
          const { body } = await call('POST', '/v1/deals', {
            body: {
              name: 'x',
              contacts: [{ contactId: buyerId }],
              ...one.place,
              ...(one.amount ? { amount: one.amount } : {}),
              ...(one.probability === null ? {} : { probability: one.probability }),
            },
          });
          all.push({ deal: body, visited: new Set([body.stageId]) });
        } else if (known) {
          const path = `/v1/deals/${known.deal.id}`;
          const { status, body } =
            one.op === 'patch'
              ? await call('PATCH', path, { body: one.fields })
              : one.op === 'replace'
                ? await call('PATCH', path, { body: one.place })
                : await call('POST', `${path}/${one.op}`, {
                    body: one.op === 'move' ? { stageId: one.place.stageId } : one.op === 'lose' ? { reason: 'price' } : {},
                  });
          expect([200, 409, 422]).toContain(status);
          if (status === 200) {
            known.deal = body;
            known.visited.add(body.stageId);
          }
        }
      }
      for (const pipeline of pipelines) {
        const { body } = await call('GET', `/v1/pipelines/${pipeline.id}/board`);
        const said = body.stages.map(
          ({ deals: shown, name: _n, probability: _p, ...rest }: { deals: Deal[]; name: string; probability: number }) => ({
            ...rest,
            deals: shown.map(({ id }) => id),
          }),
        );
        expect(said).toEqual(expected(pipeline, all));
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('a win rate counts every closed deal that was ever in the stage, and is sure of itself from 20 on', async () => {
  const edge = salesEdge();
  const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  const [first, second] = defaultPipeline.stages;
  for (let i = 0; i < 20; i += 1) {
    const { body } = await call('POST', '/v1/deals', { body: { name: 'x', contacts: [{ contactId: buyerId }] } });
    if (i < 8) await call('POST', `/v1/deals/${body.id}/move`, { body: { stageId: second?.id } });
    await (i % 4 === 0
      ? call('POST', `/v1/deals/${body.id}/win`)
      : call('POST', `/v1/deals/${body.id}/lose`, { body: { reason: 'price' } }));
  }
  const { body } = await call('GET', `/v1/pipelines/${defaultPipeline.id}/board`);
  expect(body.stages[0]).toMatchObject({
    stageId: first?.id,
    count: 0,
    observed: { winRate: 0.25, sample: 20, insufficientHistory: false },
  });
  expect(body.stages[1]).toMatchObject({ observed: { winRate: 0.25, sample: 8, insufficientHistory: true } });
  expect(body.stages[2]).toMatchObject({ observed: { winRate: null, sample: 0, insufficientHistory: true } });
});

test('a board shows the 20 deals that came to a stage last', async () => {
  const edge = salesEdge();
  const call = client(serveHttp({ service: deals, routes: apiRoutes, handlers, edge }));
  for (let i = 0; i < 25; i += 1) {
    edge.clock.advance(1);
    await call('POST', '/v1/deals', { body: { name: `Deal ${i}`, contacts: [{ contactId: buyerId }] } });
  }
  const { body } = await call('GET', `/v1/pipelines/${defaultPipeline.id}/board`);
  expect(body.stages[0].count).toBe(25);
  expect(body.stages[0].deals.map(({ name }: Deal) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `Deal ${24 - i}`));
});
