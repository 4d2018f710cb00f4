import type { LeadCaptured, LeadTouched, LeadUpdated } from '#contracts/events/intake.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { type Basis, firstScored, rescored } from '../domain/lead-qualification.ts';
import { outcomeOf } from '../domain/lifecycle.ts';
import { withSignal } from '../domain/signals.ts';
import { currentCriteria } from '../store/criteria.ts';
import { readQualification, saveQualification } from '../store/qualifications.ts';
import { claimAddress, endWaitForLead, readAddress, readForLead, releaseAddress, type Waiting } from '../store/waiting.ts';
import { type Announced, qualifying, settleScore, takeStep } from './announce.ts';

interface Arrival {
  readonly waiting: readonly Waiting[];
  readonly writes: readonly Write[];
}
const nothing: Arrival = { waiting: [], writes: [] };

/** What was kept for the lead under its id. */
const arrivedById = async (unit: UnitOfWork, leadId: string): Promise<Arrival> => {
  const { rev, waiting } = await readForLead(unit.table, leadId, unit.now);
  return rev === undefined ? nothing : { waiting, writes: [endWaitForLead(leadId, rev)] };
};

/** Makes the lead findable by its address, and gives what was kept for it. A lead captured later keeps the address. */
const arrivedByAddress = async (unit: UnitOfWork, leadId: string, email: string | undefined): Promise<Arrival> => {
  if (email === undefined) return nothing;
  const address = await readAddress(unit.table, email, unit.now);
  if (address.leadId !== undefined && address.leadId >= leadId) return nothing;
  return { waiting: address.waiting, writes: [claimAddress(email, leadId, address)] };
};

const leftAddress = async (unit: UnitOfWork, leadId: string, email: string | undefined): Promise<Arrival> => {
  const release = email === undefined ? undefined : await releaseAddress(unit.table, email, leadId, unit.now);
  return release === undefined ? nothing : { waiting: [], writes: [release] };
};

const withRequests = (
  announced: Announced,
  waiting: readonly Waiting[],
  around: Pick<Basis, 'lead' | 'criteria'> & { readonly at: string },
): Announced =>
  waiting.reduce((present, entry) => {
    if (entry.kind !== 'request' || outcomeOf(present.qualification.lifecycle, 'qualified') !== 'moves') return present;
    const { actor, reason, createDeal, deal } = entry;
    const step = qualifying(reason, { createDeal, ...(deal === undefined ? {} : { deal }) });
    return takeStep(present, step, { ...around, actor, asked: true });
  }, announced);

/**
 * Scores the lead as the event carries it, and says so if it made a difference; what waited for the lead is applied. An event overtaken by
 * a later one of intake, or about a lead that is gone, has no effect.
 */
export const scoreLead: EventHandler<typeof LeadCaptured | typeof LeadTouched | typeof LeadUpdated> = async (event, unit) => {
  const { lead } = event.data;
  const { sequence } = event.metadata;
  const known = await readQualification(unit.table, lead.id);
  const before = known.qualification;
  if (known.gone || (before !== undefined && before.leadSequence > sequence)) return;
  const sameAddress = before?.heard === true && before.email === lead.email;
  if (before?.leadSequence === sequence && sameAddress) return;

  const criteria = await currentCriteria(unit, before?.criteriaVersion);
  const arrivals = await Promise.all([
    before?.heard ? nothing : arrivedById(unit, lead.id),
    sameAddress ? nothing : arrivedByAddress(unit, lead.id, lead.email),
    sameAddress ? nothing : leftAddress(unit, lead.id, before?.email),
  ]);
  const waiting = arrivals.flatMap((arrival) => arrival.waiting);
  const signals = waiting.reduce(
    (all, entry) => (entry.kind === 'signal' ? withSignal(all, entry.type, entry.at) : all),
    before?.signals ?? {},
  );
  const basis: Basis = { lead, leadSequence: sequence, criteria, at: Date.parse(unit.now) };
  const scored = before === undefined ? firstScored(basis, signals) : rescored({ ...before, signals }, basis);
  const after = { ...scored, heard: true, email: lead.email };
  const around = { lead, criteria, at: unit.now };
  const { qualification, events } = withRequests(settleScore(before, after, around), waiting, around);
  await unit.commit({
    writes: [...saveQualification(qualification, known, unit.now), ...arrivals.flatMap(({ writes }) => writes)],
    events,
    // The record's sequence tells a repetition, so no mark is paid for.
    unmarked: true,
  });
};
