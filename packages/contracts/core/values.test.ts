import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { LeadInput } from '../resources/lead.ts';
import { timeFilter } from '../routes/query.ts';
import { Address, currency, customFields, date, timestampInput } from './values.ts';

it.each(['2026-02-30T00:00:00Z', '2026-02-30T00:00:00.000Z', '2026-01-01T24:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01', ''])(
  'refuses %j as a time: the calendar has no such moment',
  (value) => {
    expect(z.safeParse(timestampInput(), value).success).toBe(false);
  },
);

it('takes a time with any offset and precision, and gives it in UTC and milliseconds', () => {
  expect(z.parse(timestampInput(), '2028-02-29T01:00:00.1234+02:00')).toBe('2028-02-28T23:00:00.123Z');
});

it('filters by a day of the calendar only', () => {
  expect(z.parse(timeFilter(), '2026-02-28')).toBe('2026-02-28T00:00:00.000Z');
  expect(z.safeParse(timeFilter(), '2026-02-30').success).toBe(false);
});

it.each([
  ['a date', date(), '2026-2-3'],
  ['a currency', currency(), 'eur'],
])('says once what is wrong with %s', (_, schema, value) => {
  expect(z.safeParse(schema, value).error?.issues).toHaveLength(1);
});

it('normalises the texts of custom fields as any text, and keeps an empty one', () => {
  expect(z.parse(customFields(), { ' k ': ' a\r\nA\u030a ', empty: '', n: 1 })).toEqual({ k: 'a\n\u00c5', empty: '', n: 1 });
});

it('takes any string of 500 characters, however many code units they have', () => {
  const long = '\u{1F600}'.repeat(500);
  for (const name of ['phone', 'country', 'referrer', 'landingPage', 'company']) {
    expect([name, z.safeParse(LeadInput, { lastName: 'A', [name]: long }).success]).toEqual([name, true]);
    expect([name, z.safeParse(LeadInput, { lastName: 'A', [name]: `${long}x` }).success]).toEqual([name, false]);
  }
  expect(z.safeParse(LeadInput, { lastName: 'A', tags: [long] }).success).toBe(true);
  expect(z.safeParse(Address, { postalCode: long, label: long, country: long }).success).toBe(true);
});
