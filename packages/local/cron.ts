/** An expression is none that EventBridge takes. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** Tells when a schedule is due next, strictly after the given time; undefined if never again. Times are epoch milliseconds. */
export type NextAfter = (time: number) => number | undefined;

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTE = 60_000;
const DAY = 86_400_000;

const numberOf = (word: string, names: readonly string[], first: number): number => {
  const named = names.indexOf(word.toUpperCase());
  const value = named >= 0 ? named + first : Number(word);
  if (!Number.isInteger(value)) throw new ScheduleError(`"${word}" is not a value of a cron expression`);
  return value;
};

/** `*`, `?`, `5`, `1-5`, `0/15`, steps, `MON-FRI`, lists of them, as the set of values. */
const valuesOf = (field: string, least: number, most: number, names: readonly string[] = [], first = least): ReadonlySet<number> => {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step] = part.split('/');
    const by = step === undefined ? 1 : Number(step);
    const [from, to] = range === '*' || range === '?' ? [least, most] : range.split('-').map((word) => numberOf(word, names, first));
    const last = to ?? (step === undefined ? from : most);
    if (from === undefined || last === undefined || from < least || last > most || !Number.isInteger(by) || by < 1) {
      throw new ScheduleError(`"${field}" is not a field of a cron expression`);
    }
    // FRI-MON goes over the end of the week.
    const end = last < from ? last + (most - least + 1) : last;
    for (let value = from; value <= end; value += by) values.add(value > most ? value - (most - least + 1) : value);
  }
  return values;
};

interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}
const weekdayOf = ({ year, month, day }: CalendarDay): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

type DayTest = (day: CalendarDay) => boolean;

const dayOfMonth = (field: string): DayTest => {
  const nearest = /^(\d+|L)W$/i.exec(field)?.[1];
  if (field.toUpperCase() === 'L') return ({ year, month, day }) => day === daysIn(year, month);
  if (nearest !== undefined) {
    return ({ year, month, day }) => {
      const end = daysIn(year, month);
      const wanted = nearest.toUpperCase() === 'L' ? end : Math.min(Number(nearest), end);
      const weekday = weekdayOf({ year, month, day: wanted });
      const shifted = weekday === 6 ? (wanted === 1 ? 3 : wanted - 1) : weekday === 0 ? (wanted === end ? wanted - 2 : wanted + 1) : wanted;
      return day === shifted;
    };
  }
  const values = valuesOf(field, 1, 31);
  return ({ day }) => values.has(day);
};

const dayOfWeek = (field: string): DayTest => {
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth !== null) {
    const wanted = numberOf(nth[1] ?? '', days, 1) - 1;
    return (date) => weekdayOf(date) === wanted && Math.ceil(date.day / 7) === Number(nth[2]);
  }
  const last = /^(\w+)L$/i.exec(field)?.[1];
  if (last !== undefined) {
    const wanted = numberOf(last, days, 1) - 1;
    return (date) => weekdayOf(date) === wanted && date.day > daysIn(date.year, date.month) - 7;
  }
  const values = valuesOf(field.toUpperCase() === 'L' ? '7' : field, 1, 7, days);
  return (date) => values.has(weekdayOf(date) + 1);
};

/** Milliseconds by which a time zone's clocks are ahead of UTC at an instant. */
const offsetAt = (format: Intl.DateTimeFormat, instant: number): number => {
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour % 24, minute, second) - Math.floor(instant / 1000) * 1000;
};

const cron = (fields: readonly string[], timezone: string): NextAfter => {
  const [minute = '', hour = '', date = '', month = '', weekday = '', year = ''] = fields;
  if (fields.length !== 6) throw new ScheduleError('a cron expression has six fields');
  if ((date === '?') === (weekday === '?')) throw new ScheduleError('one of day-of-month and day-of-week must be "?"');
  const minutes = [...valuesOf(minute, 0, 59)].sort((a, b) => a - b);
  const hours = [...valuesOf(hour, 0, 23)].sort((a, b) => a - b);
  const inMonth = valuesOf(month, 1, 12, months);
  const inYear = valuesOf(year, 1970, 2199);
  const onDay = date === '?' ? dayOfWeek(weekday) : dayOfMonth(date);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const toInstant = (wall: number): number => {
    const guess = wall - offsetAt(format, wall);
    return wall - offsetAt(format, guess);
  };
  return (time) => {
    const local = time + offsetAt(format, time);
    // Eight years hold every leap day.
    for (let midnight = Math.floor(local / DAY) * DAY, end = midnight + 8 * 366 * DAY; midnight < end; midnight += DAY) {
      const when = new Date(midnight);
      const calendar = { year: when.getUTCFullYear(), month: when.getUTCMonth() + 1, day: when.getUTCDate() };
      if (!inYear.has(calendar.year) || !inMonth.has(calendar.month) || !onDay(calendar)) continue;
      for (const h of hours) {
        for (const m of minutes) {
          const instant = toInstant(midnight + h * 60 * MINUTE + m * MINUTE);
          if (instant > time) return instant;
        }
      }
    }
    return undefined;
  };
};

/**
 * Reads `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)` (with `L`, `W`, `#`) or `at(2026-11-30T08:00:00)`.
 * A rate counts from `origin`, epoch milliseconds.
 * @throws {ScheduleError} for anything else
 */
export const parseSchedule = (expression: string, timezone: string, origin: number): NextAfter => {
  const [, kind = '', inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'cron') return cron(inner.trim().split(/\s+/), timezone);
  if (kind === 'rate') {
    const [, amount = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inner.trim()) ?? [];
    const period = Number(amount) * ({ minute: MINUTE, hour: 60 * MINUTE, day: DAY }[unit] ?? 0);
    if (!(period > 0)) throw new ScheduleError(`"${expression}" is not a schedule`);
    return (time) => (time < origin ? origin + period : origin + (Math.floor((time - origin) / period) + 1) * period);
  }
  if (kind === 'at') {
    const instant = Date.parse(`${inner.trim()}Z`);
    if (Number.isNaN(instant)) throw new ScheduleError(`"${expression}" is not a schedule`);
    return (time) => (instant > time ? instant : undefined);
  }
  throw new ScheduleError(`"${expression}" is not a schedule`);
};
