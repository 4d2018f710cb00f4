import type { Lead } from '#contracts/resources/lead.ts';
import type { Answer } from '#runtime/answer.ts';
import { duplicate } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Refusal, Write } from '#table/transaction.ts';
import { heldBy, Identity, knownAs } from '../domain/identity.ts';
import type { ToE164 } from '../domain/lead.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { phoneReader } from '../domain/phone.ts';
import { currentStanding } from '../domain/standing.ts';
import { newIdentity, nextIdentity, readIdentity } from '../store/identities.ts';
import { counterWrites } from '../store/source-counters.ts';
import { type Captive, newLeadEffect, touchEffect } from './capture-effect.ts';
import { type LeadView, viewLead } from './lead-view.ts';

/** A person or company that shows interest, by a form or a caller. */
export interface Capture extends Captive {
  /** The request it came with; the same in each run of the use case. */
  readonly request: object;
  /** What a lead that holds the e-mail already means: another touch of it, or a refusal. */
  readonly onKnown: 'touch' | 'refuse';
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

const commitNew = async (
  unit: UnitOfWork,
  capture: Capture,
  toE164: ToE164,
  identity: (leadId: string) => { readonly writes: readonly Write[]; readonly contactId?: string | undefined },
): Promise<Answer> => {
  const id = unit.newId('lead');
  const { writes: identityWrites, contactId } = identity(id);
  const { lead, writes, events, counted } = newLeadEffect(capture, { id, now: unit.now, toE164, contactId });
  const conclusion = capture.conclude({ lead: leadResource(lead, currentStanding(undefined, undefined)), isNew: true });
  const { answer } = conclusion;
  await unit.commit({ writes: [...conclusion.writes, ...identityWrites, ...writes, ...counterWrites(counted, lead.id)], events, answer });
  return answer;
};

const commitTouch = async (unit: UnitOfWork, capture: Capture, toE164: ToE164, view: LeadView): Promise<Answer> => {
  const { lead, writes, events, counted } = await touchEffect(unit, capture, view, toE164);
  const conclusion = capture.conclude({ lead: leadResource(lead, view.current), isNew: false });
  const { answer } = conclusion;
  await unit.commit({ writes: [...conclusion.writes, ...writes, ...counterWrites(counted, lead.id)], events, answer });
  return answer;
};

/** The lead that holds the address now, unless it has been converted meanwhile; qualification may know of that before the address is freed. */
export const holderOf = (identity: Identity, view: LeadView | undefined): { holder?: LeadView; contactId?: string | undefined } => {
  if (view === undefined || view.resource.id !== identity.leadId) return { contactId: identity.contactId };
  if (view.resource.status !== 'converted') return { holder: view };
  return { contactId: view.resource.convertedTo?.contactId ?? identity.contactId };
};

interface KnownPerson {
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
  return { rev: item.rev, identity: item.data, view };
};

/** Captures the lead if nobody is known by the e-mail; else says who is. */
const captureFirst = async (unit: UnitOfWork, capture: Capture, email: string, toE164: ToE164): Promise<Answer | KnownPerson> => {
  try {
    return await commitNew(unit, capture, toE164, (leadId) => ({ writes: [newIdentity(email, { leadId }, refuseKnown)] }));
  } catch (error) {
    if (!(error instanceof EmailKnown)) throw error;
    const { rev, identity } = error;
    if (identity.leadId === undefined) return { rev, identity, view: undefined };
    heldAtEarlierRun.set(capture.request, identity.leadId);
    return { rev, identity, view: await viewLead(unit.table, identity.leadId) };
  }
};

/**
 * Takes a capture in: a new person becomes a lead in one transaction, without reading. When the e-mail turns out to be known, its holder
 * is touched (blanks filled, nothing overwritten) or the capture refused; an address that only a contact has makes a new lead that says so.
 *
 * @throws {Problem} 409 with `existingId` when it is to be refused, 422 when it does not fit a record.
 */
export const captureLead = async (unit: UnitOfWork, capture: Capture): Promise<Answer> => {
  const toE164 = await phoneReader(capture.fields.phone !== undefined);
  const { email } = capture.fields;
  if (email === undefined) return commitNew(unit, capture, toE164, () => ({ writes: [] }));
  const heldBefore = heldAtEarlierRun.get(capture.request);
  const read = heldBefore === undefined ? undefined : await readKnown(unit, email, heldBefore);
  const known = read ?? (await captureFirst(unit, capture, email, toE164));
  if ('status' in known) return known;
  const { holder, contactId } = holderOf(known.identity, known.view);
  if (holder !== undefined) {
    if (capture.onKnown === 'refuse') throw duplicate(holder.resource.id, 'A lead with this e-mail exists already.');
    return commitTouch(unit, capture, toE164, holder);
  }
  const identity = contactId === undefined ? known.identity : knownAs(known.identity, contactId);
  return commitNew(unit, capture, toE164, (leadId) => ({ writes: nextIdentity(email, known, heldBy(identity, leadId)), contactId }));
};
