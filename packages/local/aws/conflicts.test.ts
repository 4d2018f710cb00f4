import { describe, expect, test } from 'vitest';
import { type Access, trackConflicts } from './conflicts.ts';

const outcomes: [first: Access, second: Access, conflict: boolean][] = [
  ['write', 'write', false],
  ['write', 'transaction-write', true],
  ['write', 'transaction-read', true],
  ['transaction-write', 'write', true],
  ['transaction-write', 'transaction-write', true],
  ['transaction-write', 'transaction-read', true],
  ['transaction-read', 'write', true],
  ['transaction-read', 'transaction-write', true],
  ['transaction-read', 'transaction-read', false],
];

describe('Overlapping requests', () => {
  test.each(outcomes)('%s, then %s on the same item: conflict %s', (first, second, conflict) => {
    const table = trackConflicts();
    table.enter(first, ['a', 'b']);
    const entered = table.enter(second, ['c', 'b', undefined]);
    expect('conflicts' in entered ? entered.conflicts : 'none').toEqual(conflict ? [false, true, false] : 'none');
  });

  test('do not conflict on different items, nor once the first has left', () => {
    const table = trackConflicts();
    const first = table.enter('transaction-write', ['a']);
    expect(table.enter('transaction-write', ['b'])).toHaveProperty('leave');
    expect(table.enter('write', ['a'])).toHaveProperty('conflicts');
    if ('leave' in first) {
      first.leave();
      first.leave();
    }
    expect(table.enter('transaction-write', ['a'])).toHaveProperty('leave');
  });

  test('that are refused leave nothing behind', () => {
    const table = trackConflicts();
    table.enter('transaction-write', ['a']);
    table.enter('transaction-write', ['a', 'b']);
    expect(table.enter('transaction-write', ['b'])).toHaveProperty('leave');
  });
});
