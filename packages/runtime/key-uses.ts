import { keyUsageKey } from '#table/keys.ts';
import type { Edge } from './edge.ts';
import { faultOf } from './fault.ts';
import { observing } from './observing.ts';

const hour = 3_600_000;
/** How long the last use of a key is remembered. */
const rememberedFor = 400 * 24 * hour;
const mostKept = 1_000;

/** Notes when keys are used, to the hour: one write for each key, hour and instance, and none for each request. */
export const keyUses = (edge: Edge): { note(keyId: string): Promise<void> } => {
  const noted = new Map<string, number>();
  return {
    note: async (keyId) => {
      const now = edge.now();
      const at = now - (now % hour);
      if (noted.get(keyId) === at) return;
      if (noted.size >= mostKept) noted.clear();
      noted.set(keyId, at);
      try {
        await edge.table.noteUse(keyUsageKey(keyId, 'last'), at, at + rememberedFor);
      } catch (error) {
        // A request is worth more than the note of it; the next one writes it.
        noted.delete(keyId);
        const { logger } = await observing();
        logger.warn('use not noted', { keyId, error: faultOf(error) });
      }
    },
  };
};
