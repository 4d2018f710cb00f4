import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const open = (limit: () => number) => {
  let clock = 0;
  const slots = new Slots(limit, () => clock);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const runs: Promise<void>[] = [];
  const start = (...names: string[]): void => {
    for (const name of names) {
      runs.push(
        slots.run(async () => {
          started.push(name);
          await new Promise<void>((end) => ends.set(name, end));
        }),
      );
    }
  };
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };
  return {
    slots,
    start,
    end,
    settle,
    started,
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
  };
};

test('work runs up to the limit, and what waits comes in turn when that rises', async () => {
  let limit = 1;
  const { slots, start, end, settle, started } = open(() => limit);
  start('a', 'b', 'c', 'd');
  await settle();
  expect(started).toEqual(['a']);
  limit = 3;
  slots.admit();
  await settle();
  expect(started).toEqual(['a', 'b', 'c']);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  expect(slots.inUse).toBe(3);
});

test('beside a job one other piece of work runs at a time, and all again once it is done', async () => {
  const { start, end, pass, started } = open(() => 4);
  start('import', 'a', 'b', 'c', 'd', 'e', 'f');
  expect(started).toEqual(['import', 'a', 'b', 'c']);
  pass(1_999);
  await end('a');
  expect(started.at(-1)).toBe('d');
  pass(1);
  for (const name of ['b', 'c']) await end(name);
  expect(started.at(-1)).toBe('d');
  await end('d');
  expect(started.at(-1)).toBe('e');
  await end('import');
  expect(started.at(-1)).toBe('f');
});

test('each of two jobs leaves room for one other piece of work', async () => {
  const { start, end, pass, started } = open(() => 4);
  start('import', 'rescoring', 'a', 'b', 'c', 'd');
  pass(10_000);
  await end('a');
  await end('b');
  expect(started).toEqual(['import', 'rescoring', 'a', 'b', 'c']);
  await end('c');
  expect(started.at(-1)).toBe('d');
});

test('a job does not keep all else waiting, however many requests there are', async () => {
  const { slots, start, settle, pass, started } = open(() => 1);
  start('import', 'a', 'b');
  await settle();
  expect(started).toEqual(['import']);
  pass(2_000);
  slots.admit();
  await settle();
  expect(started).toEqual(['import', 'a']);
});

test('work that is slow because the machine is neither raises the limit nor lets in less than two pieces', async () => {
  const { start, end, pass, started } = open(() => 2);
  start('a', 'b', 'c', 'd');
  pass(2_000);
  await end('a');
  expect(started).toEqual(['a', 'b', 'c']);
  pass(2_000);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});
