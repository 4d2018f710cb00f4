import type { Draft } from '#table/item.ts';
import { partition } from '#table/keys.ts';

const keptSeconds = 24 * 60 * 60;

/** The mark of one step of a batch, with what came of it; kept as long as an Idempotency-Key holds. */
export const stepMark = (batch: string, step: number, data: object, now: string): Draft => ({
  pk: partition('intake', 'batch', batch),
  sk: `step#${String(step).padStart(3, '0')}`,
  kind: 'step',
  data,
  expiresAt: Math.floor(Date.parse(now) / 1000) + keptSeconds,
});
