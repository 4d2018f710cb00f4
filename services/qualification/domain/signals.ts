import type { Criteria } from '#contracts/resources/qualification.ts';

/** When each signal was seen, in milliseconds since 1970 and oldest first, by its type. */
export type Signals = Readonly<Record<string, readonly number[]>>;

/** The newest of each type that count; they also bound the record. */
export const signalsKept = 100;

const day = 24 * 60 * 60 * 1000;

/** With one more, at its place in time: one that comes late lies before those it was overtaken by. */
export const withSignal = (signals: Signals, type: string, at: number): Signals => {
  const times = [...(Object.hasOwn(signals, type) ? (signals[type] ?? []) : []), at].sort((a, b) => a - b);
  return { ...signals, [type]: times.slice(-signalsKept) };
};

type Weight = Criteria['signals'][string];

const weightOf = (criteria: Criteria, type: string): Weight | undefined =>
  Object.hasOwn(criteria.signals, type) ? criteria.signals[type] : undefined;

/** What is left of one signal: half after each half-life; one from the future counts whole. */
const pointsOf = ({ points, halfLifeDays }: Weight, seenAt: number, at: number): number =>
  halfLifeDays === undefined ? points : points * 0.5 ** (Math.max(0, at - seenAt) / (halfLifeDays * day));

const sumOf = (weight: Weight, times: readonly number[], at: number): number =>
  times.reduce((sum, seenAt) => sum + pointsOf(weight, seenAt, at), 0);

// Points are counted in whole tenths (score.ts).
const tenths = (points: number): number => Math.round(points * 10);

/** Points of all signals of each type at a time, in tenths, held to the type's `max` either way. Types without any are left out. */
export const signalTenths = (signals: Signals, criteria: Criteria, at: number): { readonly type: string; readonly tenths: number }[] =>
  Object.entries(signals).flatMap(([type, times]) => {
    const weight = weightOf(criteria, type);
    if (weight === undefined) return [];
    const { max = Number.POSITIVE_INFINITY } = weight;
    const counted = tenths(Math.min(max, Math.max(-max, sumOf(weight, times, at))));
    return counted === 0 ? [] : [{ type, tenths: counted }];
  });

/** Each signal with what is left of it by itself, newest first. */
export const signalList = (signals: Signals, criteria: Criteria, at: number): { type: string; at: string; points: number }[] =>
  Object.entries(signals)
    .flatMap(([type, times]) => {
      const weight = weightOf(criteria, type);
      return times.map((seenAt) => ({ type, seenAt, points: weight === undefined ? 0 : tenths(pointsOf(weight, seenAt, at)) / 10 }));
    })
    .sort((a, b) => b.seenAt - a.seenAt)
    .map(({ type, seenAt, points }) => ({ type, at: new Date(seenAt).toISOString(), points }));

/** True while time still takes something from a signal of the lead. */
export const areDecaying = (signals: Signals, criteria: Criteria, at: number): boolean =>
  Object.entries(signals).some(([type, times]) => {
    const weight = weightOf(criteria, type);
    return weight?.halfLifeDays !== undefined && tenths(sumOf(weight, times, at)) !== 0;
  });
