import type { LeadState } from '#contracts/resources/lead.ts';
import { duplicate, Problem } from '#runtime/problem.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { type Counted, summed } from '../domain/attribution.ts';
import { heldBy, type Identity, knownAs } from '../domain/identity.ts';
import type { ToE164 } from '../domain/lead.ts';
import { phoneReader } from '../domain/phone.ts';
import { newIdentity, nextIdentity, readIdentities } from '../store/identities.ts';
import { readLeads } from '../store/leads.ts';
import { counterWrites } from '../store/source-counters.ts';
import { asRead, type Captive, type CaptureEffect, newLeadEffect, touchEffect } from './capture-effect.ts';
import { holderOf } from './capture-lead.ts';
import { type LeadView, viewLead } from './lead-view.ts';

/** A person or company among many; `onKnown` as for a single capture. */
export interface Entry extends Captive {
  readonly onKnown: 'touch' | 'refuse';
}

export type Outcome =
  | { readonly kind: 'new'; readonly lead: LeadState }
  | { readonly kind: 'touched'; readonly lead: LeadState; readonly view: LeadView }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What the first so many of the entries come to, in one transaction. */
export interface ManyEffect {
  readonly outcomes: readonly Outcome[];
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
}

/** Entries that one transaction holds: a new person takes four operations, and a transaction a hundred. */
export const mostEntries = 24;

/** The first entries that can share a transaction: no two of one e-mail, for the second depends on the first. */
const togetherOf = (entries: readonly Entry[]): readonly Entry[] => {
  const emails = new Set<string>();
  const most = entries.slice(0, mostEntries);
  const repeated = most.findIndex(({ fields: { email } }) => {
    if (email === undefined) return false;
    if (emails.has(email)) return true;
    emails.add(email);
    return false;
  });
  return repeated < 0 ? most : most.slice(0, repeated);
};

/** What is known by one address. */
interface Known {
  readonly item: Item<Identity> | undefined;
  readonly view: LeadView | undefined;
}

/** What is known by e-mail addresses, read before the transaction that relies on it: each of its writes is held to what was read here. */
export type KnownPeople = ReadonlyMap<string, Known>;

/** What is known by the addresses of the entries that come next: two reads for all, and one more for each lead that holds one of them. */
export const readKnown = async (table: Reader, entries: readonly Entry[]): Promise<KnownPeople> => {
  const emails = togetherOf(entries).flatMap(({ fields }) => fields.email ?? []);
  const items = emails.length === 0 ? [] : await readIdentities(table, emails);
  const holders = items.flatMap((item) => item?.data.leadId ?? []);
  const records = holders.length === 0 ? [] : await readLeads(table, holders);
  const views = await Promise.all(
    records.flatMap((record) => (record === undefined ? [] : [viewLead(table, record.data.lead.id, record)])),
  );
  const byLead = new Map(views.flatMap((view) => (view === undefined ? [] : [[view.resource.id, view] as const])));
  return new Map(emails.map((email, index) => [email, { item: items[index], view: byLead.get(items[index]?.data.leadId ?? '') }]));
};

const effectOf = async (
  unit: UnitOfWork,
  entry: Entry,
  known: Known | undefined,
  toE164: ToE164,
): Promise<{ readonly outcome: Outcome; readonly effect: CaptureEffect; readonly identity: readonly Write[] }> => {
  const { email } = entry.fields;
  const given = { id: unit.newId('lead'), now: unit.now, toE164 };
  const made = (effect: CaptureEffect, identity: readonly Write[]) => ({
    outcome: { kind: 'new' as const, lead: effect.lead },
    effect,
    identity,
  });
  if (email === undefined) return made(newLeadEffect(entry, given), []);
  if (known?.item === undefined) return made(newLeadEffect(entry, given), [newIdentity(email, { leadId: given.id })]);
  const { data: identity } = known.item;
  const { holder, contactId } = holderOf(identity, known.view);
  if (holder !== undefined) {
    if (entry.onKnown === 'refuse') throw duplicate(holder.resource.id, 'A lead with this e-mail exists already.');
    const effect = await touchEffect(unit, entry, asRead(holder.item), toE164);
    return { outcome: { kind: 'touched', lead: effect.lead, view: holder }, effect, identity: [] };
  }
  const next = contactId === undefined ? identity : knownAs(identity, contactId);
  return made(newLeadEffect(entry, { ...given, contactId }), nextIdentity(email, known.item, heldBy(next, given.id)));
};

/**
 * Takes in the first of these entries, as many as one transaction holds, at least one, in order and each for itself: a refused one leaves
 * the others alone. `ahead` is what is known by their addresses, if that was read before. Nothing is written yet.
 */
export const captureMany = async (unit: UnitOfWork, entries: readonly Entry[], room: number, ahead?: KnownPeople): Promise<ManyEffect> => {
  const together = togetherOf(entries);
  const known = ahead ?? (await readKnown(unit.table, entries));
  const toE164 = await phoneReader(together.some(({ fields }) => fields.phone !== undefined));
  const outcomes: Outcome[] = [];
  const writes: Write[] = [];
  const events: EventDraft[] = [];
  const shardBy = unit.newId('lead');
  let counted: readonly Counted[] = [];
  for (const entry of together) {
    try {
      const { outcome, effect, identity } = await effectOf(unit, entry, known.get(entry.fields.email ?? ''), toE164);
      const more = effect.writes.length + effect.events.length + identity.length;
      const allCounted = summed([...counted, ...effect.counted]);
      if (outcomes.length > 0 && writes.length + events.length + more + counterWrites(allCounted, shardBy).length > room) break;
      counted = allCounted;
      outcomes.push(outcome);
      writes.push(...effect.writes, ...identity);
      events.push(...effect.events);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      outcomes.push({ kind: 'refused', problem: error });
    }
  }
  return { outcomes, writes: [...writes, ...counterWrites(counted, shardBy)], events };
};
