import { redactionOf } from '#contracts/core/redaction.ts';
import type { ErasureRequested } from '#contracts/events/erasures.ts';
import { answerErasure, type Cleaning, cleanItems, cleanOnce, readPerson, removed } from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import { namesAny } from '../domain/dead-letters.ts';
import { deadLetterOf, deadLetterRanges, tombstoneWrites } from '../store.ts';

/**
 * Erases dead letters that are about a person or name one: sent again, they would find nobody. Letters about the person that come later are
 * not listed.
 */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, leadIds, contactIds } = event.data;
  const cleaning: Cleaning = { service: 'platform', erasureId };
  const ids = [...leadIds, ...contactIds];
  for (const id of ids)
    await cleanOnce(unit, cleaning, async ({ table, now }) => ({ cleans: [], others: await tombstoneWrites(table, id, now) }));
  const redact = redactionOf(await readPerson(unit.table, erasureId));
  for (const range of deadLetterRanges) {
    await cleanItems(unit, cleaning, range, (item) => {
      const letter = deadLetterOf(item);
      return namesAny(letter, ids) || redact(letter.event) !== letter.event ? [removed(item)] : [];
    });
  }
  await answerErasure(event, unit, 'platform');
};
