import { describe, expect, it } from 'vitest';
import type { LeadState } from '#contracts/resources/lead.ts';
import { Condition } from '#contracts/resources/qualification.ts';
import { factsOf, judgeOf } from './conditions.ts';

const lead: LeadState = {
  id: 'lead_01J00000000000000000000000',
  kind: 'person',
  priority: 'normal',
  email: 'jane@acme.example',
  company: 'Acme Müller GmbH',
  source: 'website',
  channel: 'web-form',
  utm: { medium: 'cpc' },
  tags: ['enterprise', 'fair'],
  customFields: { budget: '50000', seats: 12, 'a.b': 'dotted', agreed: true },
  touches: 3,
  createdAt: '2026-11-22T18:18:42.000Z',
  updatedAt: '2026-11-22T18:18:42.000Z',
  version: 1,
};

const judge = (condition: unknown): boolean => judgeOf(Condition.parse(condition))(factsOf(lead));

describe('a comparison', () => {
  it.each([
    ['source', 'eq', 'website', true],
    ['source', 'eq', 'Website', false],
    ['source', 'ne', 'fair', true],
    ['source', 'ne', 'website', false],
    ['channel', 'in', ['event', 'web-form'], true],
    ['channel', 'in', ['event'], false],
    ['company', 'contains', 'MÜLLER', true],
    ['company', 'startsWith', 'Acme', true],
    ['company', 'startsWith', 'acme', false],
    ['company', 'endsWith', 'GmbH', true],
    ['utm.medium', 'eq', 'cpc', true],
    ['customFields.budget', 'gte', 50_000, true],
    ['customFields.budget', 'gt', '50000', false],
    ['customFields.seats', 'lt', '13', true],
    ['customFields.seats', 'lte', 11, false],
    ['customFields.a.b', 'eq', 'dotted', true],
    ['customFields.agreed', 'eq', true, true],
    ['company', 'gt', 5, false],
    ['tags', 'contains', 'Enterprise', true],
    ['tags', 'contains', 'enter', false],
    ['tags', 'eq', 'fair', true],
    ['tags', 'ne', 'fair', false],
    ['tags', 'in', ['x', 'fair'], true],
    ['emailDomain', 'eq', 'acme.example', true],
    ['freeEmail', 'eq', false, true],
    ['touches', 'gt', 2, true],
  ])('of %s %s %j is %s', (field, op, value, expected) => {
    expect(judge({ field, op, value })).toBe(expected);
  });

  it.each(['eq', 'in', 'contains', 'startsWith', 'endsWith', 'gt', 'gte', 'lt', 'lte'])('by %s does not hold for an absent field', (op) => {
    for (const field of ['phone', 'utm.source', 'customFields.none', 'constructor', 'utm.__proto__.x']) {
      expect(judge({ field, op, value: op === 'in' ? ['5'] : '5' })).toBe(false);
    }
  });

  it('by ne holds for an absent field', () => {
    expect(judge({ field: 'phone', op: 'ne', value: 'x' })).toBe(true);
  });

  it('by exists asks for presence, or with false for absence', () => {
    expect(judge({ field: 'email', op: 'exists' })).toBe(true);
    expect(judge({ field: 'email', op: 'exists', value: true })).toBe(true);
    expect(judge({ field: 'email', op: 'exists', value: false })).toBe(false);
    expect(judge({ field: 'phone', op: 'exists' })).toBe(false);
    expect(judge({ field: 'phone', op: 'exists', value: false })).toBe(true);
  });
});

describe('a condition', () => {
  const yes = { field: 'email', op: 'exists' };
  const no = { field: 'phone', op: 'exists' };

  it('is made of others by all, any and not', () => {
    expect(judge({ all: [yes, yes] })).toBe(true);
    expect(judge({ all: [yes, no] })).toBe(false);
    expect(judge({ any: [no, yes] })).toBe(true);
    expect(judge({ any: [no, no] })).toBe(false);
    expect(judge({ not: { any: [no, { not: yes }] } })).toBe(true);
  });
});
