import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lease, type RateWindow } from './rate-window.ts';

it('gives out exactly the limit in a window, in leases that no request waits for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (limit) => {
      let window: RateWindow | undefined;
      let given = 0;
      let leases = 0;
      for (;;) {
        const next = lease(window, limit, 1_000 + leases);
        if (next.kind === 'exhausted') break;
        window = next.window;
        given += next.tokens;
        leases += 1;
      }
      expect(given).toBe(limit);
      expect(leases).toBeLessThanOrEqual(limit <= 60 ? limit : 100);
    }),
  );
});

it('begins anew a minute after the first, and says how long that is', () => {
  const full = { startedAt: 5_000, taken: 10 };
  expect(lease(full, 10, 35_500)).toEqual({ kind: 'exhausted', secondsLeft: 30 });
  expect(lease(full, 10, 65_000)).toEqual({ kind: 'leased', window: { startedAt: 65_000, taken: 1 }, tokens: 1 });
});
