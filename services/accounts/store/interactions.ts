import * as z from 'zod/mini';
import type { EventContract } from '#contracts/core/event.ts';
import { accountCollection, contactCollection } from '#contracts/records/account.ts';
import { Interaction } from '#contracts/resources/interaction.ts';
import { removed } from '#runtime/erasure.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item, Key } from '#table/item.ts';
import { eventPrefix, partition } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type Numbers, plus } from '../domain/counters.ts';

const collection = (interactionId: string): string => partition('accounts', 'interaction', interactionId);

/** An interaction is kept as the event that tells of it: it is never changed. */
export const interactionEvent = (contract: EventContract, interaction: Interaction): EventDraft => ({
  contract,
  collection: collection(interaction.id),
  subject: interaction.id,
  sequence: 1,
  data: { interaction },
});

const Kept = z.object({ detail: z.object({ data: z.object({ interaction: Interaction }) }) });

export const readInteraction = async (table: Reader, interactionId: string): Promise<Interaction | undefined> => {
  const { items } = await table.query({ partition: collection(interactionId), prefix: eventPrefix, limit: 1, consistent: true });
  const [item] = items;
  return item === undefined ? undefined : Kept.parse(item.data).detail.data.interaction;
};

/** The item of an interaction, to be cleaned. */
export const readInteractionItem = async (table: Reader, interactionId: string): Promise<Item | undefined> =>
  (await table.query({ partition: collection(interactionId), prefix: eventPrefix, limit: 1, consistent: true })).items[0];

/** The interaction that its item tells of. */
export const interactionIn = (item: Item): Interaction => Kept.parse(item.data).detail.data.interaction;

/** Takes an interaction away; its external id names nothing any more. */
export const removeInteraction = (item: Item): Write[] => {
  const { externalId } = interactionIn(item);
  return [removed(item), ...(externalId === undefined ? [] : [{ op: 'delete' as const, key: externalKey(externalId) }])];
};

const externalKey = (externalId: string): Key => ({ pk: partition('accounts', 'interaction-external', externalId), sk: 'lock' });

/** Takes an external id that nothing had when it was looked for. */
export const takeExternalId = (externalId: string, interactionId: string): Write => ({
  op: 'create',
  item: { ...externalKey(externalId), kind: 'interaction-external', data: { interactionId } },
});

const Lock = z.object({ interactionId: z.string() });

/** The interaction that came with an external id first. */
export const readByExternalId = async (table: Reader, externalId: string): Promise<Interaction | undefined> => {
  const item = await table.get(externalKey(externalId));
  return item === undefined ? undefined : readInteraction(table, Lock.parse(item.data).interactionId);
};

type Subject = 'account' | 'contact';

const countersKey = (subject: Subject, id: string): Key => ({
  pk: subject === 'account' ? accountCollection(id) : contactCollection(id),
  sk: 'interactions',
});

/** Adds to the interaction counters of a contact or account; concurrent ones all count. */
export const countInteractions = (subject: Subject, id: string, numbers: Numbers): Write => ({
  op: 'add',
  key: countersKey(subject, id),
  kind: 'interaction-counters',
  numbers,
});

const most = 100;

/** The interaction counters of a record and those merged into it, for each its own. */
export const readInteractionCounters = async (
  table: Reader,
  subject: Subject,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly numbers: Numbers }[]> => {
  const found: { id: string; numbers: Numbers }[] = [];
  for (let start = 0; start < ids.length; start += most) {
    const part = ids.slice(start, start + most);
    const items = await table.getMany<Numbers>(part.map((id) => countersKey(subject, id)));
    found.push(...part.flatMap((id, i) => (items[i] === undefined ? [] : [{ id, numbers: items[i].data }])));
  }
  return found;
};

/** Several sets of counters as one. */
export const summed = (counters: readonly { readonly numbers: Numbers }[]): Numbers =>
  counters.reduce<Numbers>((sum, { numbers }) => plus(sum, numbers, 1), {});
