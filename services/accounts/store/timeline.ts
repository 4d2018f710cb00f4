import * as z from 'zod/mini';
import { EventMetadata } from '#contracts/core/event.ts';
import { accountCollection, contactCollection } from '#contracts/records/account.ts';
import type { InteractionKind } from '#contracts/resources/interaction.ts';
import type { ReceivedEvent } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item, Key } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { eventKey, eventPrefix, partition } from '#table/keys.ts';
import { mergeShards } from '#table/merge.ts';
import { listedAt } from '#table/outbox.ts';
import type { Query } from '#table/table.ts';

/** Partition (gsi1) of what is kept with an account's contacts and belongs to its timeline. */
export const timelineOf = (accountId: string): string => partition('accounts', 'timeline', accountId);

/** Partition (gsi2) of contacts' leaving the account. */
export const leavingsOf = (accountId: string): string => partition('accounts', 'left', accountId);

/** Partition (gsi2 of an account, gsi3 of a contact) of the interactions of one kind. */
const interactionsOf = (subjectId: string, kind: InteractionKind): string => partition('accounts', 'interactions', subjectId, kind);

/** Collection of what happened to a lead before it was converted. */
const storyOf = (leadId: string): string => partition('accounts', 'lead-story', leadId);

/** An event as it is kept in a timeline. */
export const Said = z.object({
  source: z.string(),
  detailType: z.string(),
  detail: z.object({ metadata: EventMetadata, data: z.record(z.string(), z.unknown()) }),
});
export type Said = z.infer<typeof Said>;

/** A line of a timeline: when it happened, and under which id; `kind` of an interaction. */
export interface Line {
  readonly at: string;
  readonly id: string;
  readonly said: Said;
  readonly kind?: InteractionKind | undefined;
}

/** Whose timelines a line belongs to. `leadId`: of a lead that is not converted, while nobody else is known. */
export interface Parties {
  readonly contactIds: readonly string[];
  readonly accountIds: readonly string[];
  readonly leadId?: string | undefined;
}

/** What another service said, with the part of its data that is worth reading. */
export const copyOf = (event: ReceivedEvent, data: Readonly<Record<string, unknown>>): Line => ({
  at: event.metadata.occurredAt,
  id: event.metadata.eventId,
  said: { source: event.source, detailType: event.detailType, detail: { metadata: event.metadata, data } },
});

/**
 * The items of a line: one with each contact, the first of which is listed in the account's timeline, too; without a contact one with the
 * account; without either one in the lead's story. Their keys depend on the event alone, so that it is kept once.
 */
export const lineDrafts = ({ at, id, said, kind }: Line, { contactIds, accountIds, leadId }: Parties): Draft[] => {
  const [accountId, ...others] = accountIds;
  const draft = (collection: string, lists: Parameters<typeof listedAt>[1]): Draft => {
    const key = eventKey(collection, at, id);
    return { ...key, kind: 'timeline', data: said, ...listedAt(key.sk, lists) };
  };
  const ofAccount = (account: string) => (kind === undefined ? {} : { gsi2: interactionsOf(account, kind) });
  const withAccounts = (ids: readonly string[]) => ids.map((account) => draft(accountCollection(account), ofAccount(account)));
  if (contactIds.length === 0) {
    return accountId === undefined && leadId !== undefined ? [draft(storyOf(leadId), {})] : withAccounts(accountIds);
  }
  const withContacts = contactIds.map((contactId, i) =>
    draft(contactCollection(contactId), {
      ...(kind === undefined ? {} : { gsi3: interactionsOf(contactId, kind) }),
      ...(i > 0 || accountId === undefined ? {} : { gsi1: timelineOf(accountId), ...ofAccount(accountId) }),
    }),
  );
  return [...withContacts, ...withAccounts(others)];
};

/** Where the story of a lead is, and what is told of an account with others: its own, its contacts', and who left. */
export const storyRange = (leadId: string): ItemRange => ({ partition: storyOf(leadId), prefix: eventPrefix });
export const accountRanges = (accountId: string): readonly ItemRange[] =>
  accountSources(accountId, undefined).map((source) => ({ ...source, prefix: eventPrefix }));
export const contactRange = (contactId: string): ItemRange => ({ partition: contactCollection(contactId), prefix: eventPrefix });

/** Where interactions are noted that name a lead and somebody else, and so are told there. */
export const notedRange = (leadId: string): ItemRange => ({ partition: storyOf(leadId), prefix: notedPrefix });

const notedPrefix = 'interaction#';

const Noted = z.object({ lines: z.array(z.object({ pk: z.string(), sk: z.string() })) });

/** Notes with a lead where an interaction is told that names it beside somebody else: by nothing else would an erasure find that. */
export const noteInteraction = (leadId: string, interactionId: string, lines: readonly Draft[]): Draft => ({
  pk: storyOf(leadId),
  sk: `${notedPrefix}${interactionId}`,
  kind: 'lead-interaction',
  data: { lines: lines.map(({ pk, sk }) => ({ pk, sk })) },
});

/** The interaction of such a note, and the keys of its lines. */
export const notedIn = ({ sk, data }: Item): { readonly interactionId: string; readonly lines: readonly Key[] } => ({
  interactionId: sk.slice(notedPrefix.length),
  lines: Noted.parse(data).lines,
});

const mostOfStory = 1_000;

/** What happened to a lead before its conversion, oldest first, strongly consistent. */
export const readStory = async (table: Reader, leadId: string): Promise<Said[]> => {
  const { items } = await table.query({ partition: storyOf(leadId), prefix: eventPrefix, limit: mostOfStory, consistent: true });
  return items.map(({ data }) => Said.parse(data));
};

type Source = Pick<Query, 'partition' | 'index'>;

const accountSources = (accountId: string, kind: InteractionKind | undefined): Source[] =>
  kind === undefined
    ? [
        { partition: accountCollection(accountId) },
        { partition: timelineOf(accountId), index: 'gsi1' },
        { partition: leavingsOf(accountId), index: 'gsi2' },
      ]
    : [{ partition: interactionsOf(accountId, kind), index: 'gsi2' }];

const contactSources = (contactId: string, kind: InteractionKind | undefined): Source[] =>
  kind === undefined ? [{ partition: contactCollection(contactId) }] : [{ partition: interactionsOf(contactId, kind), index: 'gsi3' }];

export interface TimelineQuery {
  /** The record and those merged into it. */
  readonly ids: readonly string[];
  readonly kind: InteractionKind | undefined;
  readonly limit: number;
  readonly after: string | undefined;
}

export interface TimelinePage {
  readonly lines: readonly Said[];
  readonly next: string | undefined;
}

const readTimeline = async (table: Reader, sources: readonly Source[], { limit, after }: TimelineQuery): Promise<TimelinePage> => {
  const seen = new Set<string>();
  const byName = new Map(sources.map((source, i) => [String(i), source]));
  const { items, next } = await mergeShards<Item, string>({
    read: async (name, size, start = after) => {
      const source = byName.get(name);
      if (source === undefined) return { candidates: [], rest: undefined };
      const { items: candidates, more } = await table.query({
        ...source,
        prefix: eventPrefix,
        descending: true,
        limit: size,
        ...(start === undefined ? {} : { after: start }),
      });
      return { candidates, rest: more ? candidates.at(-1)?.sk : undefined };
    },
    shards: [...byName.keys()],
    positionOf: ({ sk }) => sk,
    descending: true,
    limit,
    // Two contacts of one deal that were merged have a copy each.
    keep: ({ sk }) => !seen.has(sk) && seen.add(sk).size > 0,
    filtered: false,
    budget: 2 * limit,
  });
  return { lines: items.map(({ data }) => Said.parse(data)), next };
};

/** What happened to an account and to whom and what belongs to it, newest first, merged from at most three partitions for each id. */
export const readAccountTimeline = (table: Reader, query: TimelineQuery): Promise<TimelinePage> =>
  readTimeline(
    table,
    query.ids.flatMap((id) => accountSources(id, query.kind)),
    query,
  );

/** What happened to a contact, newest first, one partition for each id. */
export const readContactTimeline = (table: Reader, query: TimelineQuery): Promise<TimelinePage> =>
  readTimeline(
    table,
    query.ids.flatMap((id) => contactSources(id, query.kind)),
    query,
  );

/** Times of the first and last interaction of a kind, if there was one. */
export const spanOf = async (
  table: Reader,
  subject: 'account' | 'contact',
  subjectId: string,
  kind: InteractionKind,
): Promise<string[]> => {
  const source = {
    partition: interactionsOf(subjectId, kind),
    index: subject === 'account' ? ('gsi2' as const) : ('gsi3' as const),
    limit: 1,
  };
  const [first, last] = await Promise.all([table.query(source), table.query({ ...source, descending: true })]);
  return [...first.items, ...last.items].map(({ sk }) => sk.slice(eventPrefix.length).replace(/#.*$/, ''));
};
