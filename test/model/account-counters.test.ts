import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeadQualified } from '#contracts/events/qualification.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { handlers as accountHandlers } from '#services/accounts/api.ts';
import { handlers as accountEventHandlers } from '#services/accounts/events.ts';
import { accounts } from '#services/accounts/service.ts';
import { handlers as dealHandlers } from '#services/deals/handlers.ts';
import { apiRoutes } from '#services/deals/routes.ts';
import { deals } from '#services/deals/service.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { differencesOfAccounts } from '../verify/accounts.ts';
import { differencesOfDeals } from '../verify/deals.ts';

const amount = fc.constantFrom({ amount: 700, currency: 'EUR' }, { amount: 9, currency: 'JPY' }, null);
const which = fc.nat({ max: 3 });
const account = fc.nat({ max: 1 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('create' as const), account, amount }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('patch' as const), which, account, amount }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constantFrom('win' as const, 'lose' as const, 'reopen' as const, 'delete' as const), which }),
  },
);

test('counters of accounts say what contacts and deals say, after any history and in whichever order its events come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.infiniteStream(fc.nat()), async (history, order) => {
      const edge = testEdge();
      seedKey(edge);
      const ofAccounts = client(serveHttp({ service: accounts, handlers: accountHandlers, edge }));
      const ofDeals = client(serveHttp({ service: deals, routes: apiRoutes, handlers: dealHandlers, edge }));
      const hear = serveEvents({ service: accounts, handlers: accountEventHandlers, edge });
      const ids: string[] = [];
      for (const name of ['A', 'B']) ids.push((await ofAccounts('POST', '/v1/accounts', { body: { name } })).body.id);
      await ofAccounts('POST', '/v1/contacts', { body: { lastName: 'Lovelace', accountId: ids[0] } });

      const known: string[] = [];
      for (const one of history) {
        if (one.op === 'create') {
          const body = { name: 'x', accountId: ids[one.account], ...(one.amount ? { amount: one.amount } : {}) };
          known.push((await ofDeals('POST', '/v1/deals', { body })).body.id);
          continue;
        }
        const path = `/v1/deals/${known[one.which % Math.max(known.length, 1)]}`;
        if (one.op === 'patch') await ofDeals('PATCH', path, { body: { accountId: ids[one.account], amount: one.amount } });
        else if (one.op === 'delete') await ofDeals('DELETE', path);
        else await ofDeals('POST', `${path}/${one.op}`, { body: one.op === 'lose' ? { reason: 'price' } : {} });
      }

      const said = edge.table.events.flatMap(({ source, detailType, detail }) => {
        const contract = accounts.consumes.find(({ name }) => name === detailType);
        return contract && source === 'leadline.deals'
          ? [busEvent({ source: 'deals', contract, data: detail.data, ...detail.metadata })]
          : [];
      });
      const shuffled = said.map((event) => ({ event, weight: order.next().value ?? 0 })).toSorted((a, b) => a.weight - b.weight);
      for (const { event } of shuffled) for (const receives of [1, 2]) await hear(queueEvent([event], receives), testContext());
      expect(edge.table.events.filter(({ detailType }) => detailType === 'DeadLetterRecorded')).toEqual([]);
      expect(differencesOfAccounts(edge.table.items())).toEqual([]);
      expect(differencesOfDeals(edge.table.items())).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('an account that a conversion made counts the contact it was made for', async () => {
  const edge = testEdge();
  const golden = JSON.parse(readFileSync(new URL('../contracts/events/LeadQualified.json', import.meta.url), 'utf8'));
  const { metadata, data } = golden.detail;
  const event = busEvent({ source: 'qualification', contract: LeadQualified, data, subject: metadata.subject });
  const convert = serveEvents({ service: accounts, handlers: accountEventHandlers, edge });
  expect((await convert(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
  expect(edge.table.items('account')).toHaveLength(1);
  expect(differencesOfAccounts(edge.table.items())).toEqual([]);
});

test('a counter that is wrong is named', async () => {
  const edge = testEdge();
  seedKey(edge);
  const ofAccounts = client(serveHttp({ service: accounts, handlers: accountHandlers, edge }));
  const ofDeals = client(serveHttp({ service: deals, routes: apiRoutes, handlers: dealHandlers, edge }));
  const { id } = (await ofAccounts('POST', '/v1/accounts', { body: { name: 'A' } })).body;
  await ofDeals('POST', '/v1/deals', { body: { name: 'x', accountId: id } });
  expect(differencesOfAccounts(edge.table.items())).toMatchObject([
    { name: 'deals', stored: 0, recomputed: 1 },
    { name: 'open', stored: 0, recomputed: 1 },
  ]);
  const [counter] = edge.table.items<Record<string, number>>('board-counter');
  if (counter) edge.table.seed({ ...counter, data: { ...counter.data, count: 5 } });
  expect(differencesOfDeals(edge.table.items())).toMatchObject([{ name: 'count', stored: 5, recomputed: 1 }]);
});
