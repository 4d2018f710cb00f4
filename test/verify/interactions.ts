import * as z from 'zod/mini';
import { Gone } from '#contracts/records/gone.ts';
import { Interaction } from '#contracts/resources/interaction.ts';
import { interactionNumbers } from '#services/accounts/domain/interaction.ts';
import { countInteractions, takeExternalId } from '#services/accounts/store/interactions.ts';
import type { Draft, Item } from '#table/item.ts';
import { Counts, type Difference, differencesOfLocks, itemsOf } from './differences.ts';

/** What is left of one with a person who was erased, too. */
const Counted = z.pick(Interaction, { id: true, kind: true, direction: true, externalId: true });
const Told = z.object({ detail: z.object({ data: z.object({ interaction: Counted }) }) });

const listed = /^accounts#interactions#([^#]+)#/;

const Standing = z.object({ gone: z.optional(Gone) });

/**
 * Counters of the interactions of contacts and accounts that differ from the lines of their timelines, and locks of external ids from what was logged. Of an
 * erased contact lines go and numbers, which nobody can ask for any more, may stay.
 */
export const differencesOfInteractions = (items: readonly Item[]): Difference[] => {
  const recomputed = new Counts();
  const locks: Draft[] = [];
  for (const { kind, pk, data, indexes } of items) {
    if (kind === 'event' && pk.startsWith('accounts#interaction#')) {
      const { id, externalId } = z.parse(Told, data).detail.data.interaction;
      if (externalId !== undefined) locks.push(...itemsOf([takeExternalId(externalId, id)]));
    }
    if (kind !== 'timeline' || !pk.startsWith('accounts#')) continue;
    for (const [subject, list] of [
      ['account', indexes?.gsi2],
      ['contact', indexes?.gsi3],
    ] as const) {
      const subjectId = listed.exec(list?.pk ?? '')?.[1];
      if (subjectId === undefined) continue;
      const numbers = interactionNumbers(z.parse(Told, data).detail.data.interaction);
      recomputed.count([countInteractions(subject, subjectId, numbers)]);
    }
  }
  const erased = new Set(
    items.flatMap(({ kind, pk, data }) => (kind === 'contact' && z.parse(Standing, data).gone?.reason === 'erased' ? [pk] : [])),
  );
  return [
    ...recomputed.differences(items.filter(({ kind }) => kind === 'interaction-counters')).filter(({ pk }) => !erased.has(pk)),
    ...differencesOfLocks(
      locks,
      items.filter(({ kind }) => kind === 'interaction-external'),
    ),
  ];
};
