import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import { defaultCriteria } from './default-criteria.ts';
import { scoreLead, stageOf } from './score.ts';
import { type Signals, withSignal } from './signals.ts';

const lead = (fields: Partial<LeadState>): LeadState => ({
  id: 'lead_01J00000000000000000000000',
  kind: 'person',
  priority: 'normal',
  source: 'website',
  channel: 'web-form',
  tags: [],
  touches: 1,
  createdAt: '2026-11-22T18:18:42.000Z',
  updatedAt: '2026-11-22T18:18:42.000Z',
  version: 1,
  ...fields,
});

const criteria = (changes: Partial<Criteria>): Criteria => ({ ...defaultCriteria, ...changes });
const always = { field: 'kind', op: 'eq', value: 'person' } as const;

const now = Date.parse('2026-11-22T18:18:42.000Z');
const scored = (of: LeadState, by: Criteria, signals: Signals = {}) => scoreLead(of, by, signals, now);

const acme = { email: 'jane@acme.example', company: 'Acme' };

describe('the default criteria', () => {
  // Who asks | what we know | points | rating | stage
  it.each<[string, Partial<LeadState>, number, string, string]>([
    ['a name on a list, nothing else', { lastName: 'Doe' }, 0, 'cold', 'lead'],
    ['somebody with a private address', { email: 'jane@gmail.com' }, 0, 'cold', 'lead'],
    ['somebody at work', { email: 'jane@acme.example' }, 20, 'cold', 'lead'],
    ['a company without an address', { company: 'Acme' }, 15, 'cold', 'lead'],
    ['somebody who names her company', acme, 35, 'warm', 'lead'],
    ['the same with a private address', { ...acme, email: 'jane@gmail.com' }, 15, 'cold', 'lead'],
    ['an intern with a phone', { ...acme, jobTitle: 'Intern', phone: '0151 123' }, 45, 'warm', 'lead'],
    ['a coordinator (no COO)', { ...acme, jobTitle: 'Coordinator' }, 35, 'warm', 'lead'],
    ['a product owner (who owns no company)', { ...acme, jobTitle: 'Senior Product Owner' }, 35, 'warm', 'lead'],
    ['an assistant to the director', { ...acme, jobTitle: 'Assistant to the Director' }, 35, 'warm', 'lead'],
    ['a COO', { ...acme, jobTitle: 'COO' }, 55, 'warm', 'mql'],
    ['a director, lower-cased', { ...acme, jobTitle: 'sales director' }, 55, 'warm', 'mql'],
    ['a Geschäftsführerin who says what she wants', { ...acme, jobTitle: 'Geschäftsführerin', interest: 'Robots' }, 65, 'warm', 'mql'],
    ['a founder with phone and interest', { ...acme, jobTitle: 'Co-Founder', phone: '1', interest: 'x' }, 75, 'hot', 'mql'],
    [
      'a VP met at a fair, with a budget',
      { ...acme, jobTitle: 'VP Sales', channel: 'event', customFields: { budget: '50k' } },
      75,
      'hot',
      'mql',
    ],
    ['somebody who came back', { ...acme, touches: 2 }, 40, 'warm', 'lead'],
    ['a bought address', { email: 'info@acme.example', channel: 'purchased-list' }, 5, 'cold', 'lead'],
    ['a bought name (never below nothing)', { lastName: 'Doe', channel: 'purchased-list' }, 0, 'cold', 'lead'],
    [
      'the lead of the year',
      { ...acme, jobTitle: 'CEO', phone: '1', interest: 'x', channel: 'referral', customFields: { budget: 100_000 }, touches: 3 },
      100,
      'hot',
      'mql',
    ],
  ])('give %s its due', (_who, fields, score, rating, stage) => {
    const outcome = scored(lead(fields), defaultCriteria);
    expect(outcome).toMatchObject({ score, rating, criteriaVersion: 1 });
    expect(stageOf({ score: outcome.score, status: 'new', won: false }, defaultCriteria.thresholds)).toBe(stage);
    expect(outcome.contributions.reduce((sum, { points }) => sum + points, 0)).toBe(score);
  });
});

describe('a score', () => {
  it('is explained by contributions that add up to it, what is cut off at 0 and 100 among them', () => {
    const high = scored(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points: 130 }] }));
    expect(high.score).toBe(100);
    expect(high.contributions).toEqual([
      { ruleId: 'a', points: 130 },
      { ruleId: 'clamp', points: -30 },
    ]);
    const low = scored(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points: -7.5 }] }));
    expect(low.score).toBe(0);
    expect(low.contributions.at(-1)?.points).toBe(7.5);
  });

  it('has one decimal, however many parts it is the sum of', () => {
    const rules = Array.from({ length: 3 }, (_, i) => ({ id: `r${i}`, label: `R${i}`, when: always, points: 0.1 }));
    expect(scored(lead({}), criteria({ rules })).score).toBe(0.3);
  });

  it('rates from the thresholds upward', () => {
    const at = (points: number) => scored(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points }] })).rating;
    expect([29.9, 30, 69.9, 70].map(at)).toEqual(['cold', 'warm', 'warm', 'hot']);
  });

  it('leads to sql while qualified, and to customer once a deal was won, whatever its height', () => {
    const { thresholds } = defaultCriteria;
    expect(stageOf({ score: 0, status: 'qualified', won: false }, thresholds)).toBe('sql');
    expect(stageOf({ score: 0, status: 'disqualified', won: false }, thresholds)).toBe('lead');
    expect(stageOf({ score: 0, status: 'converted', won: true }, thresholds)).toBe('customer');
  });
});

describe('signals', () => {
  const day = 24 * 60 * 60 * 1000;
  const weights = {
    download: { points: 10, halfLifeDays: 7 },
    'page-view': { points: 2, halfLifeDays: 7, max: 5 },
    demo: { points: 40 },
    unsubscribe: { points: -30, halfLifeDays: 30, max: 40 },
  };
  const daysAgo = (...days: number[]) => days.map((count) => now - count * day).sort((a, b) => a - b);

  // What was seen | when | points
  it.each<[string, Signals, number]>([
    ['a download today', { download: daysAgo(0) }, 10],
    ['a download a week ago: half', { download: daysAgo(7) }, 5],
    ['a download two weeks ago: a quarter', { download: daysAgo(14) }, 2.5],
    ['downloads today and a week ago', { download: daysAgo(0, 7) }, 15],
    ['a download of years ago', { download: daysAgo(1000) }, 0],
    ['one said to happen tomorrow: as if today', { download: daysAgo(-1) }, 10],
    ['ten views of a page: no more than 5', { 'page-view': daysAgo(...Array(10).fill(0)) }, 5],
    ['one view', { 'page-view': daysAgo(0) }, 2],
    ['a demo a year ago: it does not fade', { demo: daysAgo(365) }, 40],
    ['three demos: no more than 100', { demo: daysAgo(0, 1, 2) }, 100],
    ['a demo, then unsubscribed', { demo: daysAgo(3), unsubscribe: daysAgo(0) }, 10],
    ['unsubscribed twice: no more than -40', { demo: daysAgo(0), unsubscribe: daysAgo(0, 0) }, 0],
    ['what the criteria do not name', { 'left-the-company': daysAgo(0) }, 0],
    ['nothing called like what every object has', { constructor: daysAgo(0) }, 0],
  ])('count %s', (_what, signals, points) => {
    const outcome = scored(lead({}), criteria({ rules: [], signals: weights }), signals);
    expect(outcome.score).toBe(points);
    expect(outcome.contributions.reduce((sum, contribution) => sum + contribution.points, 0)).toBeCloseTo(points, 9);
  });

  it('lie in the order in which they were seen, however late they are told, and the newest hundred count', () => {
    const seen = [3, 1, 2].reduce((signals: Signals, at) => withSignal(signals, 'download', at), {});
    expect(seen).toEqual({ download: [1, 2, 3] });
    const many = Array.from({ length: 120 }, (_, at) => at).reduce((signals: Signals, at) => withSignal(signals, 'download', at), {});
    expect(many.download).toHaveLength(100);
    expect(many.download?.at(0)).toBe(20);
  });

  it('give one score in whichever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...Object.keys(weights)), fc.integer({ min: 0, max: 400 }))), fc.gen(), (seen, gen) => {
        const fold = (list: typeof seen) =>
          list.reduce((signals: Signals, [type, days]) => withSignal(signals, type, now - days * day), {});
        const shuffled = seen
          .map((entry) => ({ entry, at: gen(fc.integer) }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        const by = criteria({ signals: weights });
        const [one, other] = [scored(lead(acme), by, fold(seen)), scored(lead(acme), by, fold(shuffled))];
        expect(other.score).toBe(one.score);
        const sum = one.contributions.reduce((total, { points }) => total + Math.round(points * 10), 0);
        expect(sum).toBe(Math.round(one.score * 10));
      }),
    );
  });

  it('are looked at again when their decay changes the rating, within a day, and never when nothing fades', () => {
    const by = criteria({
      rules: [{ id: 'a', label: 'A', when: always, points: 25 }],
      signals: { ...weights, visit: { points: 6, halfLifeDays: 0.5 } },
    });
    const due = scored(lead({}), by, { visit: [now] });
    expect(due.rating).toBe('warm');
    const at = due.rescoreAt ?? 0;
    expect(scoreLead(lead({}), by, { visit: [now] }, at).rating).toBe('cold');
    expect(at - now).toBeLessThan(day / 2);
    expect(scored(lead({}), by, { download: [now] }).rescoreAt).toBe(now + day);
    expect(scored(lead({}), by, { demo: [now] }).rescoreAt).toBeUndefined();
    expect(scored(lead({}), by, { download: daysAgo(1000) }).rescoreAt).toBeUndefined();
  });
});
