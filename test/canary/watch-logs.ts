import { subscribe } from 'node:diagnostics_channel';
import { afterAll, expect } from 'vitest';
import { testInput } from '#testing/test-input.ts';
import { found, kindOfLine, personalIn } from './personal.ts';

// For each test file: what the functions under test log is kept here instead of printed, and none of it may tell what went in.
const logged = new Set<string>();
const personal = new Set<string>();

const isLogLine = (line: string): boolean =>
  line.startsWith('{"level"') || line.startsWith('{"_aws"') || line.startsWith('{"ColdStart"') || /^\{.*"_aws":/.test(line);

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  const watched = (chunk: string | Uint8Array, ...rest: []): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const lines = text.split('\n').filter((line) => line !== '');
    if (lines.length === 0 || !lines.every(isLogLine)) return write(chunk, ...rest);
    for (const line of lines) logged.add(kindOfLine(line));
    return true;
  };
  stream.write = watched;
}

subscribe(testInput, (input) => {
  for (const value of personalIn(input)) personal.add(value);
});

afterAll(() => {
  expect(found(logged, personal)).toEqual([]);
});
