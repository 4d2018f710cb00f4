import {
  type Interaction,
  type InteractionInput,
  type InteractionKind,
  type InteractionSummary,
  interactionKinds,
} from '#contracts/resources/interaction.ts';
import type { Numbers } from './counters.ts';

/** An interaction as it is logged. */
export const newInteraction = (id: string, input: InteractionInput, now: string): Interaction => ({
  ...input,
  id,
  occurredAt: input.occurredAt ?? now,
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/** Characters of a body that a timeline shows; a page of it is read at a bounded cost, whatever the length of letters. */
const shownOfBody = 500;

/** An interaction as a timeline shows it. */
export const shownInteraction = (interaction: Interaction): Interaction => {
  const { body } = interaction;
  if (body === undefined || body.length <= shownOfBody) return interaction;
  const cut = body.slice(0, shownOfBody);
  return { ...interaction, body: `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…` };
};

/** What one interaction adds to the counters of a contact or an account: `<kind>`, and `<kind>:<direction>` where it has one. */
export const interactionNumbers = ({ kind, direction }: Pick<Interaction, 'kind' | 'direction'>): Numbers => ({
  [kind]: 1,
  ...(direction === undefined ? {} : { [`${kind}:${direction}`]: 1 }),
});

/** Kinds of which there was at least one. */
export const kindsIn = (numbers: Numbers): InteractionKind[] => interactionKinds.filter((kind) => (numbers[kind] ?? 0) > 0);

/** The counters as a summary; `times` are those of the first and the last of each kind. */
export const summaryOf = (numbers: Numbers, times: readonly string[]): InteractionSummary => {
  const counted = (kind: InteractionKind) => ({
    total: numbers[kind] ?? 0,
    inbound: numbers[`${kind}:inbound`] ?? 0,
    outbound: numbers[`${kind}:outbound`] ?? 0,
  });
  const inOrder = times.toSorted();
  return {
    total: interactionKinds.reduce((sum, kind) => sum + (numbers[kind] ?? 0), 0),
    byKind: {
      call: counted('call'),
      email: counted('email'),
      meeting: counted('meeting'),
      message: counted('message'),
      note: counted('note'),
    },
    firstAt: inOrder.at(0) ?? null,
    lastAt: inOrder.at(-1) ?? null,
  };
};
