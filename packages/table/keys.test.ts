import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventKey, idempotencyKey, inboxKey, ownerOf, partition, shardOf, shardPartition, shardPartitions, sortable } from './keys.ts';

describe('a partition key', () => {
  test('begins with its owner and reads as its parts', () => {
    expect(partition('intake', 'lead', 'lead_01')).toBe('intake#lead#lead_01');
    expect(ownerOf('intake#lead#lead_01')).toBe('intake');
    expect(ownerOf('nobody')).toBe('');
    expect(inboxKey('deals', 'evt_1')).toEqual({ pk: 'deals#inbox#evt_1', sk: 'mark' });
    expect(idempotencyKey('deals', 'abc')).toEqual({ pk: 'deals#idempotency#abc', sk: 'answer' });
    expect(eventKey('intake#lead#1', '2026-11-22T18:18:42.000Z', 'evt_1').sk).toBe('event#2026-11-22T18:18:42.000Z#evt_1');
  });

  test('tells any two lists of parts apart, and fits DynamoDB however long they are', () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom('a', '#', '%', '2', '3', 'é', '😀'), minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(partition('intake', 'x', ...a) === partition('intake', 'x', ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2000 },
    );
    expect(Buffer.byteLength(partition('qualification', 'signal', '漢'.repeat(500), '#'.repeat(500), '😀'.repeat(250)))).toBeLessThan(2048);
    expect(partition('intake', 'tag', 'x'.repeat(600))).not.toBe(partition('intake', 'tag', `${'x'.repeat(599)}y`));
  });

  test('has no empty part', () => {
    expect(() => partition('intake', 'lead', '')).toThrow(TypeError);
  });
});

describe('shards', () => {
  test('take ids evenly, also those of one millisecond, and each always the same', () => {
    for (const shards of [4, 16]) {
      const counts = Array.from({ length: shards }, () => 0);
      for (let i = 0; i < 16_000; i += 1) {
        const shard = shardOf(`lead_01KAPQ0Z7Z${String(i).padStart(16, '0')}`, shards);
        counts[shard] = (counts[shard] ?? 0) + 1;
      }
      for (const count of counts) expect(Math.abs(count / (16_000 / shards) - 1)).toBeLessThan(0.15);
    }
    expect([shardOf('lead_1'), shardOf('lead_2'), shardOf('lead_3')]).toEqual([shardOf('lead_1'), shardOf('lead_2'), shardOf('lead_3')]);
  });

  test('of a record are among those that are read', () => {
    expect(shardPartitions('intake#leads')).toEqual(['intake#leads#0', 'intake#leads#1', 'intake#leads#2', 'intake#leads#3']);
    expect(shardPartitions('intake#leads', 16)).toContain(shardPartition('intake#leads', 'lead_1', 16));
  });
});

test('text in a sort key is cut at a whole character, and a shorter search finds it', () => {
  expect(Buffer.byteLength(sortable('😀'.repeat(100), 50))).toBe(48);
  expect(sortable('a#b')).toBe('a%23b');
  expect(sortable('ada lovelace').startsWith(sortable('ada'))).toBe(true);
});
