import { describe, expect, it } from 'vitest';
import { parseSchedule, ScheduleError } from './cron.ts';

const dueAfter = (expression: string, time: string, timezone = 'UTC'): string | undefined => {
  const next = parseSchedule(expression, timezone, Date.parse('2026-11-22T00:00:00Z'))(Date.parse(time));
  return next === undefined ? undefined : new Date(next).toISOString();
};

describe('a schedule expression', () => {
  it.each([
    ['rate(5 minutes)', '2026-11-22T00:01:00Z', '2026-11-22T00:05:00.000Z'],
    ['rate(1 day)', '2026-11-25T12:00:00Z', '2026-11-26T00:00:00.000Z'],
    ['rate(1 hour)', '2026-11-22T01:00:00Z', '2026-11-22T02:00:00.000Z'],
    ['cron(0 8 * * ? *)', '2026-11-22T08:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-22T08:01:00Z', '2026-11-22T08:15:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-27T19:00:00Z', '2026-11-30T18:00:00.000Z'],
    ['cron(0 0 L * ? *)', '2027-02-01T00:00:00Z', '2027-02-28T00:00:00.000Z'],
    ['cron(0 0 1W * ? *)', '2026-10-31T00:00:00Z', '2026-11-02T00:00:00.000Z'],
    ['cron(0 0 15W * ? *)', '2026-11-01T00:00:00Z', '2026-11-16T00:00:00.000Z'],
    ['cron(0 0 ? * 6L *)', '2026-11-01T00:00:00Z', '2026-11-27T00:00:00.000Z'],
    ['cron(0 0 ? * 2#1 *)', '2026-11-03T00:00:00Z', '2026-12-07T00:00:00.000Z'],
    ['cron(15 10 ? JAN,JUL FRI-SUN 2027)', '2026-12-01T00:00:00Z', '2027-01-01T10:15:00.000Z'],
    ['cron(0 0 29 2 ? *)', '2026-11-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['at(2026-11-30T08:00:00)', '2026-11-22T00:00:00Z', '2026-11-30T08:00:00.000Z'],
  ])('%s is due next after %s at %s', (expression, time, due) => {
    expect(dueAfter(expression, time)).toBe(due);
  });

  it('is over after its last year, or its one time', () => {
    expect(dueAfter('cron(0 0 1 1 ? 2020)', '2026-11-22T00:00:00Z')).toBeUndefined();
    expect(dueAfter('at(2026-11-20T08:00:00)', '2026-11-22T00:00:00Z')).toBeUndefined();
  });

  it('follows the clocks of its time zone over the change to summer time', () => {
    expect(dueAfter('cron(0 8 * * ? *)', '2027-03-27T12:00:00Z', 'Europe/Berlin')).toBe('2027-03-28T06:00:00.000Z');
    expect(dueAfter('cron(0 8 * * ? *)', '2027-03-26T12:00:00Z', 'Europe/Berlin')).toBe('2027-03-27T07:00:00.000Z');
  });

  it.each([
    '',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'cron(0 8 * * *)',
    'cron(0 8 * * * *)',
    'cron(0 8 ? * ? *)',
    'cron(99 8 * * ? *)',
    'cron(a 8 * * ? *)',
  ])('refuses "%s"', (expression) => {
    expect(() => parseSchedule(expression, 'UTC', 0)).toThrow(ScheduleError);
  });
});
