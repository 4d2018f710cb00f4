import type { Redact } from '#contracts/core/redaction.ts';
import type { Interaction } from '#contracts/resources/interaction.ts';
import { removed, rewritten } from '#runtime/erasure.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { anonymousData } from '../domain/anonymous-line.ts';
import { interactionIdIn } from '../store/erasures.ts';
import { interactionIn, readInteractionItem, removeInteraction } from '../store/interactions.ts';
import { readDeal } from '../store/parties.ts';
import { notedIn, Said } from '../store/timeline.ts';

/** Whether an interaction was with the person. */
export type IsTheirs = (interaction: Interaction, table: Reader) => Promise<boolean> | boolean;

/** It names one of the person's records. */
export const names =
  (ids: ReadonlySet<string>): IsTheirs =>
  ({ contactId, leadId }) =>
    [contactId, leadId].some((id) => id !== undefined && ids.has(id));

/** It names one of the person's records, or a deal on which there is nobody but the person. */
export const isWith =
  (ids: ReadonlySet<string>): IsTheirs =>
  async (interaction, table) => {
    if (await names(ids)(interaction, table)) return true;
    if (interaction.contactId !== undefined || interaction.dealId === undefined) return false;
    const { contactIds = [] } = (await readDeal(table, interaction.dealId)) ?? {};
    return contactIds.every((id) => ids.has(id));
  };

/** The interaction that a line tells of goes if it was with the person, else it only loses the person's name. */
export const interactionWrites = async (table: Reader, line: Item, isTheirs: IsTheirs, redact: Redact): Promise<readonly Write[]> => {
  const interactionId = interactionIdIn(line.data);
  const item = interactionId === undefined ? undefined : await readInteractionItem(table, interactionId);
  if (item === undefined) return [];
  return (await isTheirs(interactionIn(item), table)) ? removeInteraction(item) : rewritten(item, redact(item.data));
};

/** What stays of a line: that it happened. */
export const anonymousLine = (line: Item, redact: Redact): Write[] => {
  const said = Said.parse(line.data);
  return rewritten(line, { ...said, detail: { ...said.detail, data: anonymousData(said.detailType, said.detail.data, redact) } });
};

/** An interaction that is noted with a lead goes, and the note; where it is told, it stays that there was one. */
export const notedWrites = async (table: Reader, note: Item, redact: Redact): Promise<readonly Write[]> => {
  const { interactionId, lines } = notedIn(note);
  const item = await readInteractionItem(table, interactionId);
  const told = lines.length === 0 ? [] : await table.getMany(lines);
  return [
    removed(note),
    ...(item === undefined ? [] : removeInteraction(item)),
    ...told.flatMap((line) => (line === undefined ? [] : anonymousLine(line, redact))),
  ];
};
