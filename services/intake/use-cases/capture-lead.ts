import type { Lead } from '#contracts/resources/lead.ts';
import type { Answer } from '#runtime/answer.ts';
import { duplicate } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { StaleRead } from '#table/errors.ts';
import type { Item } from '#table/item.ts';
import type { Refusal, Write } from '#table/transaction.ts';
import { type HolderCopy, heldBy, Identity, knownAs, withCopy } from '../domain/identity.ts';
import type { ToE164 } from '../domain/lead.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { phoneReader } from '../domain/phone.ts';
import { currentStanding } from '../domain/standing.ts';
import { newIdentity, nextIdentity, readIdentity } from '../store/identities.ts';
import { type LivingLead, livingLeadOf, notConverted } from '../store/leads.ts';
import { counterWrites } from '../store/source-counters.ts';
import { asCopied, asRead, type Captive, newLeadEffect, type Touchable, touchEffect } from './capture-effect.ts';
import { type LeadView, viewLead } from './lead-view.ts';

/** A person or company that shows interest, by a form or a caller. */
export interface Capture extends Captive {
  /** The request it came with; the same in each run of the use case. */
  readonly request: object;
  /** What a lead that holds the e-mail already means: another touch of it, or a refusal. */
  readonly onKnown: 'touch' | 'refuse';
  /** What the caller is told does not show where the lead stands, so that need not be read. */
  readonly isReceiptOnly?: true;
  /** What else belongs to the transaction, and what the caller is told. */
  conclude(captured: Captured): { readonly writes: readonly Write[]; readonly answer: Answer };
}

export interface Captured {
  readonly lead: Lead;
  readonly isNew: boolean;
}

/** The e-mail is known already; carries what is known of it. */
class EmailKnown extends Error {
  override readonly name = 'EmailKnown';
  readonly rev: number;
  readonly identity: Identity;

  constructor(standing: Item) {
    super('the e-mail is known');
    this.rev = standing.rev;
    this.identity = Identity.parse(standing.data);
  }
}

const refuseKnown: Refusal = (standing) => (standing === undefined ? undefined : new EmailKnown(standing));

/** What was known in advance has been overtaken; carries the lead as it is now, or nothing where that is not all there is to read. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
  readonly item: Item<LivingLead> | undefined;

  constructor(item: Item<LivingLead> | undefined) {
    super('what was known of the lead has been overtaken');
    this.item = item;
  }
}

const refuseConverted: Refusal = () => new Overtaken(undefined);

const commitNew = async (
  unit: UnitOfWork,
  capture: Capture,
  toE164: ToE164,
  contactId: string | undefined,
  identity: (copy: HolderCopy) => readonly Write[],
): Promise<Answer> => {
  const id = unit.newId('lead');
  const { lead, copy, writes, events, counted } = newLeadEffect(capture, { id, now: unit.now, toE164, contactId });
  const identityWrites = identity(copy);
  const conclusion = capture.conclude({ lead: leadResource(lead, currentStanding(undefined, undefined)), isNew: true });
  const { answer } = conclusion;
  await unit.commit({ writes: [...conclusion.writes, ...identityWrites, ...writes, ...counterWrites(counted, lead.id)], events, answer });
  return answer;
};

const commitTouch = async (unit: UnitOfWork, capture: Capture, toE164: ToE164, known: KnownPerson, view: LeadView): Promise<Answer> => {
  const { lead, copy, writes, events, counted } = await touchEffect(unit, capture, asRead(view.item), toE164);
  const conclusion = capture.conclude({ lead: leadResource(lead, view.current), isNew: false });
  const { answer } = conclusion;
  await unit.commit({
    writes: [...conclusion.writes, ...writes, ...copyWrites(known, copy), ...counterWrites(counted, lead.id)],
    events,
    answer,
  });
  return answer;
};

/** Keeps what is known of the holder with the address, for the next time. */
const copyWrites = ({ email, rev, identity }: KnownPerson, copy: HolderCopy): Write[] => {
  const next = withCopy(identity, copy);
  return identity.copy === undefined && next.copy === undefined ? [] : nextIdentity(email, { rev }, next, refuseStale);
};

// Asked first: whoever was overtaken by another capture has nothing to gain from the lead alone.
const refuseStale: Refusal = () => new StaleRead('another capture was faster');

/** Touches the holder without having looked where it stands; a lead that qualification calls converted is none, and is refused. */
const touchUnseen = async (unit: UnitOfWork, capture: Capture, toE164: ToE164, known: KnownPerson, holder: Touchable): Promise<Answer> => {
  const { lead, copy, writes, events, counted } = await touchEffect(unit, capture, holder, toE164);
  const { writes: concluded, answer } = capture.conclude({ lead: leadResource(lead, currentStanding(undefined, undefined)), isNew: false });
  const held = [...copyWrites(known, copy), notConverted(lead.id, refuseConverted)];
  await unit.commit({ writes: [...concluded, ...held, ...writes, ...counterWrites(counted, lead.id)], events, answer });
  return answer;
};

const unlessOvertaken = async (touch: Promise<Answer>): Promise<Answer | Overtaken> => {
  try {
    return await touch;
  } catch (error) {
    if (error instanceof Overtaken) return error;
    throw error;
  }
};

/**
 * Touches the holder by the copy that is known of it, without reading, or by the record that comes with the refusal where that has overtaken the
 * copy; undefined when there is no copy, or more to read.
 */
const touchByCopy = async (unit: UnitOfWork, capture: Capture, toE164: ToE164, known: KnownPerson): Promise<Answer | undefined> => {
  const { copy } = known.identity;
  if (capture.isReceiptOnly !== true || copy === undefined) return undefined;
  const asKnown = asCopied(copy, (standing) => new Overtaken(standing && livingLeadOf(standing)));
  const first = await unlessOvertaken(touchUnseen(unit, capture, toE164, known, asKnown));
  if (!(first instanceof Overtaken)) return first;
  if (first.item === undefined) return undefined;
  const second = await unlessOvertaken(touchUnseen(unit, capture, toE164, known, asRead(first.item)));
  return second instanceof Overtaken ? undefined : second;
};

/** The lead that holds the address now, unless it has been converted meanwhile; qualification may know of that before the address is freed. */
export const holderOf = (identity: Identity, view: LeadView | undefined): { holder?: LeadView; contactId?: string | undefined } => {
  if (view === undefined || view.resource.id !== identity.leadId) return { contactId: identity.contactId };
  if (view.resource.status !== 'converted') return { holder: view };
  return { contactId: view.resource.convertedTo?.contactId ?? identity.contactId };
};

interface KnownPerson {
  readonly email: string;
  readonly rev: number;
  readonly identity: Identity;
  readonly view: LeadView | undefined;
}

/** By request, the lead that held the e-mail at an earlier run: a further run reads it at once rather than trying again to be the first. */
const heldAtEarlierRun = new WeakMap<object, string>();

const readKnown = async (unit: UnitOfWork, email: string, leadId: string): Promise<KnownPerson | undefined> => {
  const [item, guessed] = await Promise.all([readIdentity(unit.table, email), viewLead(unit.table, leadId)]);
  if (item === undefined) return undefined;
  const holderId = item.data.leadId;
  const view = holderId === leadId || holderId === undefined ? guessed : await viewLead(unit.table, holderId);
  return { email, rev: item.rev, identity: item.data, view };
};

/** Touches the holder of whom enough is known, or reads it. */
const approach = async (unit: UnitOfWork, capture: Capture, toE164: ToE164, known: KnownPerson): Promise<Answer | KnownPerson> => {
  const { leadId } = known.identity;
  if (leadId === undefined) return known;
  heldAtEarlierRun.set(capture.request, leadId);
  return (await touchByCopy(unit, capture, toE164, known)) ?? { ...known, view: await viewLead(unit.table, leadId) };
};

/** At a further run: the address is known, so that trying to be the first would be in vain. */
const captureAgain = async (
  unit: UnitOfWork,
  capture: Capture,
  email: string,
  toE164: ToE164,
  leadId: string,
): Promise<Answer | KnownPerson | undefined> => {
  if (capture.isReceiptOnly !== true) return readKnown(unit, email, leadId);
  const item = await readIdentity(unit.table, email);
  return item && approach(unit, capture, toE164, { email, rev: item.rev, identity: item.data, view: undefined });
};

/** Captures the lead if nobody is known by the e-mail; else touches the holder of whom all is known, or says who is known. */
const captureFirst = async (unit: UnitOfWork, capture: Capture, email: string, toE164: ToE164): Promise<Answer | KnownPerson> => {
  try {
    return await commitNew(unit, capture, toE164, undefined, (copy) => [
      newIdentity(email, withCopy({ leadId: copy.lead.id }, copy), refuseKnown),
    ]);
  } catch (error) {
    if (!(error instanceof EmailKnown)) throw error;
    return approach(unit, capture, toE164, { email, rev: error.rev, identity: error.identity, view: undefined });
  }
};

/**
 * Takes a capture in: a new person becomes a lead in one transaction, without reading. When the e-mail turns out to be known, its holder
 * is touched (blanks filled, nothing overwritten), by the copy that came with the refusal where that will do, or the capture refused; an
 * address that only a contact has makes a new lead that says so.
 *
 * @throws {Problem} 409 with `existingId` when it is to be refused, 422 when it does not fit a record.
 */
export const captureLead = async (unit: UnitOfWork, capture: Capture): Promise<Answer> => {
  const toE164 = await phoneReader(capture.fields.phone !== undefined);
  const { email } = capture.fields;
  if (email === undefined) return commitNew(unit, capture, toE164, undefined, () => []);
  const heldBefore = heldAtEarlierRun.get(capture.request);
  const again = heldBefore === undefined ? undefined : await captureAgain(unit, capture, email, toE164, heldBefore);
  const known = again ?? (await captureFirst(unit, capture, email, toE164));
  if ('status' in known) return known;
  const { holder, contactId } = holderOf(known.identity, known.view);
  if (holder !== undefined) {
    if (capture.onKnown === 'refuse') throw duplicate(holder.resource.id, 'A lead with this e-mail exists already.');
    return commitTouch(unit, capture, toE164, known, holder);
  }
  const identity = contactId === undefined ? known.identity : knownAs(known.identity, contactId);
  return commitNew(unit, capture, toE164, contactId, (copy) => nextIdentity(email, known, withCopy(heldBy(identity, copy.lead.id), copy)));
};
