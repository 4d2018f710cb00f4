import { describe, expect, it } from 'vitest';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria } from '#contracts/resources/qualification.ts';
import { defaultCriteria } from './default-criteria.ts';
import { scoreLead, stageOf } from './score.ts';

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
    const scored = scoreLead(lead(fields), defaultCriteria);
    expect(scored).toMatchObject({ score, rating, criteriaVersion: 1 });
    expect(stageOf({ score: scored.score, status: 'new', won: false }, defaultCriteria.thresholds)).toBe(stage);
    expect(scored.contributions.reduce((sum, { points }) => sum + points, 0)).toBe(score);
  });
});

describe('a score', () => {
  it('is explained by contributions that add up to it, what is cut off at 0 and 100 among them', () => {
    const high = scoreLead(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points: 130 }] }));
    expect(high.score).toBe(100);
    expect(high.contributions).toEqual([
      { ruleId: 'a', label: 'A', points: 130 },
      { ruleId: 'clamp', label: 'Kept within 0 and 100', points: -30 },
    ]);
    const low = scoreLead(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points: -7.5 }] }));
    expect(low.score).toBe(0);
    expect(low.contributions.at(-1)?.points).toBe(7.5);
  });

  it('has one decimal, however many parts it is the sum of', () => {
    const rules = Array.from({ length: 3 }, (_, i) => ({ id: `r${i}`, label: `R${i}`, when: always, points: 0.1 }));
    expect(scoreLead(lead({}), criteria({ rules })).score).toBe(0.3);
  });

  it('rates from the thresholds upward', () => {
    const at = (points: number) => scoreLead(lead({}), criteria({ rules: [{ id: 'a', label: 'A', when: always, points }] })).rating;
    expect([29.9, 30, 69.9, 70].map(at)).toEqual(['cold', 'warm', 'warm', 'hot']);
  });

  it('leads to sql while qualified, and to customer once a deal was won, whatever its height', () => {
    const { thresholds } = defaultCriteria;
    expect(stageOf({ score: 0, status: 'qualified', won: false }, thresholds)).toBe('sql');
    expect(stageOf({ score: 0, status: 'disqualified', won: false }, thresholds)).toBe('lead');
    expect(stageOf({ score: 0, status: 'converted', won: true }, thresholds)).toBe('customer');
  });
});
