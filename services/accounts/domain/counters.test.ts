import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DealHeader } from '#contracts/resources/deal.ts';
import { counterChanges, type Numbers, shownCounters } from './counters.ts';

const at = '2026-11-22T18:18:42.000Z';
const [a, b] = ['acct_01J00000000000000000000001', 'acct_01J00000000000000000000002'];

const deal = (changes: Partial<DealHeader> = {}): DealHeader => ({
  id: 'deal_01J00000000000000000000000',
  name: 'Robots',
  accountId: a,
  amount: { amount: 1000, currency: 'EUR' },
  contacts: [],
  tags: [],
  pipelineId: 'pipe_01J00000000000000000000000',
  stageId: 'stage_01J00000000000000000000001',
  probability: 10,
  status: 'open',
  stageEnteredAt: at,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...changes,
});

describe('the counters of an account', () => {
  it('count a new deal as open and a won one as won with its amount', () => {
    expect([...counterChanges(undefined, deal())]).toEqual([[a, { deals: 1, open: 1 }]]);
    expect([...counterChanges(deal(), deal({ status: 'won' }))]).toEqual([[a, { open: -1, won: 1, 'amount:EUR': 1000 }]]);
    expect([...counterChanges(deal({ status: 'won' }), deal())]).toEqual([[a, { open: 1, won: -1, 'amount:EUR': -1000 }]]);
  });

  it('follow a deal to another account and a corrected amount', () => {
    const won = deal({ status: 'won' });
    expect([...counterChanges(won, { ...won, accountId: b })]).toEqual([
      [a, { deals: -1, won: -1, 'amount:EUR': -1000 }],
      [b, { deals: 1, won: 1, 'amount:EUR': 1000 }],
    ]);
    expect([...counterChanges(won, { ...won, amount: { amount: 1500, currency: 'EUR' } })]).toEqual([[a, { 'amount:EUR': 500 }]]);
    expect([...counterChanges(won, { ...won, amount: { amount: 9, currency: 'USD' } })]).toEqual([
      [a, { 'amount:EUR': -1000, 'amount:USD': 9 }],
    ]);
  });

  it('change by nothing when nothing that counts has changed', () => {
    expect(counterChanges(deal(), deal({ name: 'Other', amount: { amount: 5, currency: 'EUR' } })).size).toBe(0);
    expect(counterChanges(undefined, deal({ accountId: undefined })).size).toBe(0);
  });

  it('show no number below zero and no currency without an amount', () => {
    expect(shownCounters({ open: -1, 'amount:EUR': 0 })).toEqual({ contactCount: 0, openDeals: 0, wonDeals: 0, wonAmount: [] });
  });

  it('add up to the deal as it is, in whichever order its facts are told', () => {
    const state = fc.record({
      accountId: fc.constantFrom(a, b, undefined),
      amount: fc.option(fc.record({ amount: fc.nat(10_000), currency: fc.constantFrom('EUR', 'USD') }), { nil: undefined }),
      status: fc.constantFrom('open' as const, 'won' as const, 'lost' as const),
    });
    const story = fc.array(state, { minLength: 1, maxLength: 8 }).map((states) => [deal(), ...states.map((changes) => deal(changes))]);
    fc.assert(
      fc.property(story, fc.infiniteStream(fc.nat()), (states, order) => {
        const facts = states.map((after, i) => counterChanges(states[i - 1], after));
        const sums = new Map<string, Record<string, number>>();
        const weights = new Map(facts.map((fact) => [fact, order.next().value ?? 0]));
        for (const fact of facts.toSorted((x, y) => (weights.get(x) ?? 0) - (weights.get(y) ?? 0))) {
          for (const [accountId, numbers] of fact) {
            const sum = sums.get(accountId) ?? {};
            for (const [name, number] of Object.entries(numbers)) sum[name] = (sum[name] ?? 0) + number;
            sums.set(accountId, sum);
          }
        }
        const last = states.at(-1);
        for (const accountId of [a, b]) {
          const expected: Numbers = last === undefined ? {} : (counterChanges(undefined, last).get(accountId) ?? {});
          const nonZero = Object.fromEntries(Object.entries(sums.get(accountId) ?? {}).filter(([, number]) => number !== 0));
          expect(nonZero).toEqual(expected);
        }
      }),
      { seed: 20_261_122 },
    );
  });
});
