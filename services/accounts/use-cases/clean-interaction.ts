import type { Redact } from '#contracts/core/redaction.ts';
import { rewritten } from '#runtime/erasure.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { interactionIdIn } from '../store/erasures.ts';
import { interactionIn, readInteractionItem, removeInteraction } from '../store/interactions.ts';

/** The interaction that a line tells of goes if it was with the person, else it only loses the person's name. */
export const interactionWrites = async (table: Reader, line: Item, ids: ReadonlySet<string>, redact: Redact): Promise<readonly Write[]> => {
  const interactionId = interactionIdIn(line.data);
  const item = interactionId === undefined ? undefined : await readInteractionItem(table, interactionId);
  if (item === undefined) return [];
  const { contactId, leadId } = interactionIn(item);
  const isTheirs = [contactId, leadId].some((id) => id !== undefined && ids.has(id));
  return isTheirs ? removeInteraction(item) : rewritten(item, redact(item.data));
};
