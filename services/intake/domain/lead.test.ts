import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeadInput, LeadState } from '#contracts/resources/lead.ts';
import { changedLead, type LeadFields, newLead, touchedLead, writableFields } from './lead.ts';

const noPhone = () => undefined;
const defaults = { source: 'api', channel: 'api' } as const;
const at = '2026-11-22T18:18:42.000Z';
const later = '2026-11-23T00:00:00.000Z';
const id = 'lead_01KAPM1T1G0000000000000000';
const leadOf = (fields: LeadFields) => newLead({ id, fields, now: at }, defaults, noPhone);

const word = fc.constantFrom('red', 'green', 'blue', 'Zürich', '名前');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const fields: fc.Arbitrary<LeadFields> = fc
  .record({
    firstName: maybe(word),
    lastName: maybe(word),
    company: maybe(word),
    interest: maybe(word),
    message: maybe(word),
    owner: maybe(word),
    campaign: maybe(word),
    tags: maybe(fc.uniqueArray(word)),
    customFields: maybe(fc.dictionary(word, fc.oneof(word, fc.integer({ min: -9, max: 9 }), fc.boolean()))),
    utm: maybe(fc.record({ source: word })),
  })
  .map((given) => LeadInput.parse({ ...given, email: 'ada@example.com' }));

describe('a touch', () => {
  it('overwrites nothing, loses nothing and fills every blank', () => {
    fc.assert(
      fc.property(fields, fields, (first, second) => {
        const before = leadOf(first);
        const after = touchedLead(before, second, later, noPhone);
        expect(LeadState.parse(after)).toEqual(after);
        const kept = { ...before, touches: 2, updatedAt: later, version: after.version, tags: after.tags };
        expect(after).toMatchObject(before.customFields === undefined ? kept : { ...kept, customFields: before.customFields });
        for (const [name, value] of Object.entries(second)) if (value !== undefined) expect(after).toHaveProperty([name]);
        expect(new Set(after.tags)).toEqual(new Set([...(first.tags ?? []), ...(second.tags ?? [])]));
        expect(after.customFields ?? {}).toEqual({ ...second.customFields, ...first.customFields });
      }),
    );
  });

  it('that says nothing new only counts', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const lead = leadOf(given);
        expect(touchedLead(lead, given, later, noPhone)).toEqual({ ...lead, touches: 2, updatedAt: later });
      }),
    );
  });

  it('keeps within the bounds of custom fields and tags', () => {
    const many = (prefix: string, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, 'x']));
    const lead = leadOf({ email: 'a@example.com', customFields: many('a', 45), tags: Array.from({ length: 45 }, (_, i) => `a${i}`) });
    const after = touchedLead(lead, { customFields: many('b', 45), tags: Array.from({ length: 45 }, (_, i) => `b${i}`) }, later, noPhone);
    expect(Object.keys(after.customFields ?? {})).toHaveLength(50);
    expect(after.tags).toHaveLength(50);
    expect(LeadState.safeParse(after).success).toBe(true);
  });
});

describe('a change', () => {
  it('to the fields that a lead has is none', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const lead = leadOf(given);
        expect(changedLead(lead, writableFields(lead), later, noPhone)).toEqual({ lead, changed: [] });
      }),
    );
  });

  it('names exactly the fields that differ, and sets them', () => {
    fc.assert(
      fc.property(fields, fields, (first, second) => {
        const before = leadOf(first);
        const { lead, changed } = changedLead(before, second, later, noPhone);
        const fresh = leadOf(second);
        expect({ ...lead, version: 1, updatedAt: at }).toEqual(fresh);
        for (const name of Object.keys(LeadInput.shape)) {
          const value = (of: object) => new Map(Object.entries(of)).get(name);
          expect(changed.includes(name)).toBe(
            JSON.stringify(value(before)) !== JSON.stringify(value(lead)) && !sameMembers(value(before), value(lead)),
          );
        }
      }),
    );
  });
});

const sameMembers = (a: unknown, b: unknown): boolean =>
  typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && !Array.isArray(a) && sorted(a) === sorted(b);

const sorted = (value: object): string => JSON.stringify(Object.entries(value).sort());

it('a company is a lead of which only the company is known', () => {
  expect(leadOf({ company: 'Acme' }).kind).toBe('company');
  expect(leadOf({ company: 'Acme', phone: '1' }).kind).toBe('company');
  expect(leadOf({ company: 'Acme', email: 'a@example.com' }).kind).toBe('person');
  expect(leadOf({ company: 'Acme', lastName: 'L' }).kind).toBe('person');
});
