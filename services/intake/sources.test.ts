import { describe, expect, it } from 'vitest';
import type { EventContract, ServiceName } from '#contracts/core/event.ts';
import { LeadConverted } from '#contracts/events/accounts.ts';
import { DealDeleted, DealReopened, DealUpdated, DealWon } from '#contracts/events/deals.ts';
import { LeadQualified, LeadScored } from '#contracts/events/qualification.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

interface Row {
  source: string;
  campaign?: string;
  leads: number;
  mql: number;
  qualified: number;
  converted: number;
  won: number;
  wonAmount: { amount: number; currency: string }[];
  conversionRate: number;
}

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const consume = consumeForIntake(edge);
  const lead = async (body: Record<string, unknown>, query = '') => {
    edge.clock.advance(1_000);
    return (await call('POST', `/v1/leads${query}`, { body })).body;
  };
  const say = async (source: ServiceName, contract: EventContract, subject: string, sequence: number, data: unknown) => {
    const event = busEvent({ source, contract, subject, sequence, data });
    // Each event twice: it comes at least once.
    for (const delivery of [event, event]) expect((await consume(queueEvent([delivery]), testContext())).batchItemFailures).toEqual([]);
  };
  const standing = (status: string, lifecycleStage: string) => ({ status, lifecycleStage, score: 60, rating: 'warm', actions: 0 });
  const score = (id: string, sequence = 1) =>
    say('qualification', LeadScored, id, sequence, {
      score: 60,
      rating: 'warm',
      lifecycleStage: 'mql',
      previous: null,
      criteriaVersion: 1,
      standing: standing('new', 'mql'),
    });
  const qualify = async (id: string) =>
    say('qualification', LeadQualified, id, 2, {
      lead: edge.table.items<{ lead?: { id: string } }>('lead').find(({ data }) => data.lead?.id === id)?.data.lead,
      score: 60,
      rating: 'warm',
      conversion: { createDeal: true },
      standing: standing('qualified', 'sql'),
    });
  const convert = (id: string) =>
    say('accounts', LeadConverted, id, 1, {
      leadId: id,
      contactId: newId('contact', testNow),
      accountId: newId('account', testNow),
      contactCreated: true,
      accountCreated: true,
      accountName: 'Acme',
      conversion: { createDeal: true },
      lead: edge.table.items<{ lead?: { id: string } }>('lead').find(({ data }) => data.lead?.id === id)?.data.lead,
    });
  const at = new Date(testNow).toISOString();
  const deal = (leadId: string, amount: number, status: string, dealId = newId('deal', testNow)) => ({
    id: dealId,
    name: 'Deal',
    leadId,
    pipelineId: newId('pipeline', testNow),
    stageId: newId('stage', testNow),
    contacts: [],
    lineItems: [],
    tags: [],
    probability: 100,
    amount: { amount, currency: 'EUR' },
    status,
    stageEnteredAt: at,
    createdAt: at,
    updatedAt: at,
    version: 1,
  });
  const report = async (query = ''): Promise<Row[]> => {
    const answer = await call('GET', `/v1/reports/sources${query}`);
    expect(answer.status).toBe(200);
    return answer.body.data;
  };
  return { edge, call, lead, say, score, qualify, convert, deal, report };
};

describe('the report of sources', () => {
  it('counts how far leads of each source and campaign came, by first and by last touch', async () => {
    const { lead, score, qualify, convert, report } = open();
    const ada = await lead({ email: 'ada@example.com', source: 'fair', campaign: 'spring' });
    await lead({ email: 'ada@example.com', source: 'web' }, '?onDuplicate=merge');
    await lead({ lastName: 'B', source: 'fair', campaign: 'spring' });
    await lead({ lastName: 'C' });
    await score(ada.id);
    await qualify(ada.id);
    await convert(ada.id);
    const none = { mql: 0, qualified: 0, converted: 0, won: 0, wonAmount: [], conversionRate: 0 };
    expect(await report()).toEqual([
      { ...none, source: 'api', leads: 1 },
      { source: 'fair', campaign: 'spring', leads: 2, mql: 1, qualified: 1, converted: 1, won: 0, wonAmount: [], conversionRate: 0.5 },
    ]);
    expect(await report('?attribution=last')).toEqual([
      { ...none, source: 'api', leads: 1 },
      { ...none, source: 'fair', campaign: 'spring', leads: 1 },
      { source: 'web', leads: 1, mql: 1, qualified: 1, converted: 1, won: 0, wonAmount: [], conversionRate: 1 },
    ]);
  });

  it('adds what deals were won for, and takes it back when one is reopened or its amount changes, in any order', async () => {
    const { lead, say, deal, report } = open();
    const ada = await lead({ lastName: 'A', source: 'fair' });
    const won = deal(ada.id, 1_000, 'won');
    const other = deal(ada.id, 50, 'won');
    const wonAmount = async () => (await report()).map((row) => [row.won, ...row.wonAmount.map(({ amount }) => amount)]);
    await say('deals', DealWon, won.id, 2, { deal: won });
    expect(await wonAmount()).toEqual([[1, 1_000]]);
    await say('deals', DealWon, other.id, 2, { deal: other });
    expect(await wonAmount()).toEqual([[1, 1_050]]);
    await say('deals', DealUpdated, won.id, 3, {
      deal: { ...won, amount: { amount: 700, currency: 'EUR' } },
      changed: ['amount'],
      previous: {},
    });
    expect(await wonAmount()).toEqual([[1, 750]]);
    await say('deals', DealReopened, won.id, 4, { deal: { ...won, status: 'open' }, from: 'won' });
    expect(await wonAmount()).toEqual([[1, 50]]);
    await say('deals', DealReopened, other.id, 5, { deal: { ...other, status: 'open' }, from: 'won' });
    expect(await wonAmount()).toEqual([[0]]);
    const gone = deal(ada.id, 5, 'won');
    await say('deals', DealWon, gone.id, 2, { deal: gone });
    expect(await wonAmount()).toEqual([[1, 5]]);
    await say('deals', DealDeleted, gone.id, 3, { deal: gone });
    expect(await wonAmount()).toEqual([[0]]);
    // A win that was undone before it was heard of.
    const late = deal(ada.id, 9, 'won');
    await say('deals', DealReopened, late.id, 3, { deal: { ...late, status: 'open' }, from: 'won' });
    await say('deals', DealWon, late.id, 2, { deal: late });
    expect(await wonAmount()).toEqual([[0]]);
  });

  it('counts a won deal for the lead that it was given to, and no more for the one before, in any order', async () => {
    const { lead, say, deal, report } = open();
    const [ada, bob] = [await lead({ lastName: 'A', source: 'fair' }), await lead({ lastName: 'B', source: 'web' })];
    const ofAda = deal(ada.id, 100, 'won');
    const ofBob = { ...ofAda, leadId: bob.id };
    const given = { deal: ofBob, changed: ['leadId'], previous: { leadId: ada.id } };
    const won = async () =>
      (await report()).map(({ source, won: deals, wonAmount }) => [source, deals, ...wonAmount.map(({ amount }) => amount)]);
    await say('deals', DealWon, ofAda.id, 2, { deal: ofAda });
    await say('deals', DealUpdated, ofAda.id, 3, given);
    expect(await won()).toEqual([
      ['fair', 0],
      ['web', 1, 100],
    ]);
    const late = { ...ofAda, id: newId('deal', testNow) };
    await say('deals', DealUpdated, late.id, 3, { ...given, deal: { ...late, leadId: bob.id } });
    await say('deals', DealWon, late.id, 2, { deal: late });
    await say('deals', DealUpdated, late.id, 4, {
      deal: { ...late, leadId: undefined },
      changed: ['leadId'],
      previous: { leadId: bob.id },
    });
    expect(await won()).toEqual([
      ['fair', 0],
      ['web', 1, 100],
    ]);
  });

  it('moves what a lead won with the lead when it is owed to another touch, and takes it back when the lead is folded into another', async () => {
    const { call, lead, say, deal, report } = open();
    const ada = await lead({ email: 'ada@example.com', source: 'fair' });
    await say('deals', DealWon, newId('deal', testNow), 2, { deal: deal(ada.id, 100, 'won') });
    await lead({ email: 'ada@example.com', source: 'web' }, '?onDuplicate=merge');
    const sums = async () =>
      (await report('?attribution=last')).map(({ source, wonAmount }) => [source, ...wonAmount.map(({ amount }) => amount)]);
    expect(await sums()).toEqual([['web', 100]]);
    const bob = await lead({ lastName: 'B', source: 'api' });
    expect((await call('POST', `/v1/leads/${bob.id}/merge`, { body: { sourceId: ada.id } })).status).toBe(200);
    expect(await sums()).toEqual([['api']]);
    expect(await report()).toMatchObject([{ source: 'fair', leads: 1, won: 0, wonAmount: [] }]);
  });

  describe('when the amount of a won deal changes while its lead is written', () => {
    const begin = async () => {
      const opened = open();
      const { lead, say, deal } = opened;
      const ada = await lead({ email: 'ada@example.com', source: 'fair' });
      await lead({ lastName: 'B', source: 'fair' });
      const won = deal(ada.id, 1_000, 'won');
      await say('deals', DealWon, won.id, 2, { deal: won });
      const change = { deal: { ...won, amount: { amount: 2_500, currency: 'EUR' } }, changed: ['amount'], previous: {} };
      const reprice = () => say('deals', DealUpdated, won.id, 3, change);
      const lastAmounts = async () =>
        (await opened.report('?attribution=last')).map(({ source, wonAmount }) => [source, ...wonAmount.map(({ amount }) => amount)]);
      // The first transaction of a capture finds the address known, the second touches the lead.
      const beforeTouch = (meanwhile: () => Promise<unknown>) =>
        opened.edge.table.interfere(async () => opened.edge.table.interfere(meanwhile));
      return { ...opened, ada, reprice, lastAmounts, beforeTouch };
    };

    it('counts nothing of a lead that is deleted before the change is', async () => {
      const { edge, call, ada, reprice, report } = await begin();
      edge.table.interfere(() => call('DELETE', `/v1/leads/${ada.id}`));
      await reprice();
      expect(await report()).toMatchObject([{ source: 'fair', leads: 1, won: 0, wonAmount: [] }]);
    });

    it('takes back the new amount of a lead that is deleted', async () => {
      const { edge, call, ada, reprice, report } = await begin();
      edge.table.interfere(reprice);
      expect((await call('DELETE', `/v1/leads/${ada.id}`)).status).toBe(204);
      expect(await report()).toMatchObject([{ source: 'fair', leads: 1, won: 0, wonAmount: [] }]);
    });

    it('owes the new amount to the touch that comes at once', async () => {
      const { lead, reprice, lastAmounts, beforeTouch } = await begin();
      beforeTouch(reprice);
      await lead({ email: 'ada@example.com', source: 'web' }, '?onDuplicate=merge');
      expect(await lastAmounts()).toEqual([['fair'], ['web', 2_500]]);
    });

    it('owes the new amount to the form that is posted at once, by whoever posted one before', async () => {
      const { call, reprice, lastAmounts, beforeTouch } = await begin();
      const post = async (source: string) => {
        const { id } = (await call('POST', '/v1/forms', { body: { name: 'F', source } })).body;
        return () => call('POST', `/v1/forms/${id}/submissions`, { key: null, body: { email: 'ada@example.com' } });
      };
      const [first, second] = [await post('web'), await post('shop')];
      expect((await first()).status).toBe(202);
      beforeTouch(reprice);
      expect((await second()).status).toBe(202);
      expect(await lastAmounts()).toEqual([['fair'], ['shop', 2_500]]);
    });
  });

  it('counts how far a lead came, also when that is heard of after it fell back', async () => {
    const { lead, say, score, report } = open();
    const ada = await lead({ lastName: 'A', source: 'fair' });
    const standing = { status: 'new', lifecycleStage: 'lead', score: 10, rating: 'cold', actions: 0 };
    const fallen = { score: 10, rating: 'cold', lifecycleStage: 'lead', previous: null, criteriaVersion: 2, standing };
    await say('qualification', LeadScored, ada.id, 2, fallen);
    await score(ada.id, 1);
    expect(await report()).toMatchObject([{ source: 'fair', mql: 1 }]);
  });

  it('stays right after a merge: one lead, owed to the earlier first touch, in the period of the survivor', async () => {
    const { edge, call, lead, score, report } = open();
    const old = await lead({ lastName: 'Old', source: 'fair' });
    await score(old.id);
    edge.clock.advance(24 * 60 * 60 * 1000);
    const survivor = await lead({ lastName: 'New', source: 'web', campaign: 'ads' });
    await call('POST', `/v1/leads/${survivor.id}/merge`, { body: { sourceId: old.id } });
    expect(await report()).toMatchObject([{ source: 'fair', leads: 1, mql: 1 }]);
    expect(await report('?attribution=last')).toMatchObject([{ source: 'web', campaign: 'ads', leads: 1, mql: 1 }]);
    const day = survivor.createdAt.slice(0, 10);
    expect(await report(`?from=${day}&to=${day}`)).toHaveLength(1);
    expect(await report(`?to=${old.createdAt.slice(0, 10)}`)).toEqual([]);
  });

  it('forgets a deleted lead with all it won', async () => {
    const { call, lead, say, deal, report } = open();
    const a = await lead({ lastName: 'A', source: 'fair' });
    const b = await lead({ lastName: 'B', source: 'fair' });
    for (const { id } of [a, b]) {
      const won = deal(id, 100, 'won');
      await say('deals', DealWon, won.id, 2, { deal: won });
    }
    await call('DELETE', `/v1/leads/${a.id}`);
    expect(await report()).toMatchObject([{ source: 'fair', leads: 1, won: 1, wonAmount: [{ amount: 100, currency: 'EUR' }] }]);
  });

  it('counts batches and imports, gives pages, and refuses days that are none', async () => {
    const { call, report } = open();
    const leads = Array.from({ length: 50 }, (_, i) => ({ lastName: `P${i}`, source: `s${i % 5}` }));
    expect((await call('POST', '/v1/leads/batch', { body: { leads } })).status).toBe(200);
    expect((await report()).map(({ source, leads: count }) => [source, count])).toEqual([0, 1, 2, 3, 4].map((i) => [`s${i}`, 10]));
    const first = (await call('GET', '/v1/reports/sources?limit=3')).body;
    const second = (await call('GET', `/v1/reports/sources?limit=3&cursor=${first.nextCursor}`)).body;
    expect([...first.data, ...second.data].map(({ source }: Row) => source)).toEqual(['s0', 's1', 's2', 's3', 's4']);
    expect(second.nextCursor).toBeNull();
    for (const query of ['from=2026-02-30', 'to=now', 'attribution=middle'])
      expect((await call('GET', `/v1/reports/sources?${query}`)).status).toBe(400);
  });
});
