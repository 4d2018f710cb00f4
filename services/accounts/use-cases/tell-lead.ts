import * as z from 'zod/mini';
import type { LeadConverted } from '#contracts/events/accounts.ts';
import type { LeadCaptured, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import type { LeadDisqualified, LeadStatusChanged } from '#contracts/events/qualification.ts';
import { accountCollection, contactCollection } from '#contracts/records/account.ts';
import { Interaction } from '#contracts/resources/interaction.ts';
import type { EventHandler, ReceivedEvent } from '#runtime/handlers.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import type { Draft, Key } from '#table/item.ts';
import { eventKey } from '#table/keys.ts';
import type { Transaction, Write } from '#table/transaction.ts';
import { type Numbers, plus } from '../domain/counters.ts';
import { interactionNumbers } from '../domain/interaction.ts';
import { readConversion } from '../store/conversions.ts';
import { countInteractions } from '../store/interactions.ts';
import { type Named, partiesOf } from '../store/parties.ts';
import { copyOf, type Line, lineDrafts, type Parties, readStory, type Said } from '../store/timeline.ts';

/**
 * Whether a contact that is no more was told this while it was there: the copy was the mark, and its place is not among the parties now. An
 * event that comes again, from the archive say, must not count again.
 */
const wasTold = async (table: Reader, line: Line, named: Named, { contactIds }: Parties): Promise<boolean> => {
  const gone = named.contactIds.filter((id) => !contactIds.includes(id));
  if (gone.length === 0) return false;
  const places = gone.flatMap((contactId) => lineDrafts(line, { contactIds: [contactId], accountIds: [] }));
  return (await table.getMany(places.map(({ pk, sk }): Key => ({ pk, sk })))).some((item) => item !== undefined);
};

/**
 * Keeps a copy of an event where it is told: with whom and what it names, or with the lead until that is converted. `effect` is what else
 * follows from the event. Where nothing does, the first copy is the mark that it was handled, and should it be told again with somebody else,
 * since who was named is gone by then, no harm is done. What is counted has a mark of its own.
 */
export const tell = async (
  event: ReceivedEvent,
  unit: UnitOfWork,
  named: Named,
  line: Line,
  effect: Transaction = { writes: [] },
): Promise<void> => {
  const parties = await partiesOf(unit.table, named);
  if (await wasTold(unit.table, line, named, parties)) return;
  const { writes, events = [] } = effect;
  const [first, ...others] = lineDrafts(line, parties);
  const copiesOf = (items: readonly Draft[]) => items.map((item): Write => ({ op: 'put', item }));
  if (writes.length > 0) await unit.commit({ writes: [...writes, ...copiesOf(first === undefined ? [] : [first, ...others])], events });
  else if (first !== undefined) await unit.commit({ writes: copiesOf(others), events, guard: first });
  // The conversion may have taken over the story before this was part of it: it is told again, with the contact.
  if (parties.leadId !== undefined && (await readConversion(unit.table, parties.leadId))?.status === 'done') {
    throw new StaleRead(`${event.detailType} came while its lead was converted`);
  }
};

const tellLead = (event: ReceivedEvent, unit: UnitOfWork, data: Readonly<Record<string, unknown>>): Promise<void> => {
  const leadId = event.metadata.subject;
  const said = Object.fromEntries(Object.entries({ leadId, ...data }).filter(([, value]) => value !== undefined));
  return tell(event, unit, { contactIds: [], accountIds: [], leadId }, copyOf(event, said));
};

/** Where a lead came from is part of the story of whom it became. Copies carry nothing personal. */
export const tellCaptured: EventHandler<typeof LeadCaptured> = (event, unit) => {
  const { lead, submissionId, formId } = event.data;
  return tellLead(event, unit, { source: lead.source, campaign: lead.campaign, channel: lead.channel, submissionId, formId });
};

/** It came again. */
export const tellTouched: EventHandler<typeof LeadTouched> = (event, unit) => {
  const { source, campaign, channel, submissionId, formId } = event.data.touch;
  return tellLead(event, unit, { source, campaign, channel, submissionId, formId });
};

/** Which of its fields were changed. */
export const tellUpdated: EventHandler<typeof LeadUpdated> = (event, unit) => tellLead(event, unit, { changed: event.data.changed });

/** It was worked, nurtured or reopened. */
export const tellStatus: EventHandler<typeof LeadStatusChanged> = (event, unit) => {
  const { from, to, reason } = event.data;
  return tellLead(event, unit, { from, to, reason });
};

/** It was thought to be none. */
export const tellDisqualified: EventHandler<typeof LeadDisqualified> = (event, unit) =>
  tellLead(event, unit, { reason: event.data.reason });

const Told = z.object({ interaction: z.optional(Interaction) });

const interactionIn = (said: Said): Interaction | undefined => Told.safeParse(said.detail.data).data?.interaction;

/** Operations of a transaction that copies take; the rest is for counters. */
const mostAtOnce = 40;

/**
 * What happened to the lead becomes part of the story of the contact and the account that it was converted into. Up to 40 lines at once;
 * whatever is there already is left, so it can stop and go on anywhere.
 */
export const takeOverStory: EventHandler<typeof LeadConverted> = async (event, unit) => {
  const { leadId, contactId, accountId } = event.data;
  const story = await readStory(unit.table, leadId);
  if (story.length === 0) return;
  const parties = await partiesOf(unit.table, { contactIds: [contactId], accountIds: [accountId] });
  const lines = story.flatMap((said) => {
    const { occurredAt: at, eventId: id } = said.detail.metadata;
    const interaction = interactionIn(said);
    const [draft] = lineDrafts({ at, id, said, kind: interaction?.kind }, parties);
    if (draft === undefined) return [];
    // With the contact, or, had that been gone when the conversion was heard of first, with the account.
    const homes = [contactCollection(contactId), accountCollection(accountId)].map((collection) => eventKey(collection, at, id));
    return [{ draft, interaction, homes }];
  });
  const missing = await withoutThose(unit, lines);
  const [first, ...others] = missing.slice(0, mostAtOnce);
  if (first === undefined) return;
  const numbers = [first, ...others].reduce<Numbers>(
    (sum, { interaction }) => (interaction === undefined ? sum : plus(sum, interactionNumbers(interaction), 1)),
    {},
  );
  await unit.commit({
    writes: [
      ...others.map(({ draft }): Write => ({ op: 'create', item: draft })),
      ...(Object.keys(numbers).length === 0
        ? []
        : [
            ...parties.contactIds.map((id) => countInteractions('contact', id, numbers)),
            ...parties.accountIds.map((id) => countInteractions('account', id, numbers)),
          ]),
    ],
    guard: first.draft,
  });
  if (missing.length > mostAtOnce) throw new StaleRead('more of the story is left');
};

/** Two keys each. */
const mostLines = 50;

/** Those lines that stand in none of their homes yet. */
const withoutThose = async <L extends { readonly homes: readonly Key[] }>(unit: UnitOfWork, lines: readonly L[]): Promise<L[]> => {
  const missing: L[] = [];
  for (let start = 0; start < lines.length; start += mostLines) {
    const part = lines.slice(start, start + mostLines);
    const items = await unit.table.getMany(part.flatMap(({ homes }) => homes));
    const standing = new Set(items.flatMap((item) => (item === undefined ? [] : [`${item.pk} ${item.sk}`])));
    missing.push(...part.filter(({ homes }) => !homes.some(({ pk, sk }) => standing.has(`${pk} ${sk}`))));
  }
  return missing;
};
