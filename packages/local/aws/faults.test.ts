import { describe, expect, test } from 'vitest';
import { makeFaults, parseFaults } from './faults.ts';

describe('LEADLINE_FAULTS', () => {
  test('is read word by word, in any order, with blanks', () => {
    expect(parseFaults('throttle=0.05, seed=42,before=0.02,after=0.02 ,stale=1')).toEqual({
      seed: 42,
      throttle: 0.05,
      before: 0.02,
      after: 0.02,
      stale: 1,
    });
    expect(parseFaults('seed=7')).toEqual({ seed: 7, throttle: 0, before: 0, after: 0, stale: 0 });
  });

  test.each([undefined, '', '  '])('%j is no faults', (text) => {
    expect(parseFaults(text)).toBeUndefined();
  });

  test.each([
    ['throtle=0.5', 'unknown word "throtle"'],
    ['throttle', 'throttle must be a probability'],
    ['throttle=', 'throttle must be a probability'],
    ['before=1.5', 'before must be a probability'],
    ['after=-1', 'after must be a probability'],
    ['stale=often', 'stale must be a probability'],
    ['stale=0.1=0.2', 'stale must be a probability'],
    ['seed=x', 'seed must be a whole number'],
    ['seed=1,,stale=0', 'unknown word ""'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseFaults(text)).toThrow(message);
  });
});

test('The same seed gives the same fates, another one others', () => {
  const settings = { seed: 42, throttle: 0.2, before: 0.2, after: 0.2, stale: 0.2 };
  const fates = (seed: number) => {
    const next = makeFaults({ ...settings, seed });
    return Array.from({ length: 50 }, () => next());
  };
  expect(fates(42)).toEqual(fates(42));
  expect(fates(42)).not.toEqual(fates(43));
});

test('Faults come about as often as asked', () => {
  const next = makeFaults({ seed: 1, throttle: 0.1, before: 0, after: 1, stale: 0.5 });
  const fates = Array.from({ length: 10_000 }, () => next());
  const share = (kind: 'throttle' | 'before' | 'after' | 'stale') => fates.filter((fate) => fate[kind]).length / fates.length;
  expect(share('throttle')).toBeCloseTo(0.1, 1);
  expect(share('before')).toBe(0);
  expect(share('after')).toBe(1);
  expect(share('stale')).toBeCloseTo(0.5, 1);
});
