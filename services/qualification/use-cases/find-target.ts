import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { leadUnknown } from '../store/foreign.ts';
import { readAddress, type Waiting, waitForAddress, waitForLead } from '../store/waiting.ts';
import { findSubject, type Subject } from './load-subject.ts';

/** The lead that somebody named by id or address, or how to have something wait for it. */
export type Target =
  | { readonly state: 'there'; readonly subject: Subject }
  | { readonly state: 'gone' }
  | { readonly state: 'unknown'; readonly wait: (waiting: Waiting) => Promise<readonly Write[]> };

const byId = async (unit: UnitOfWork, leadId: string): Promise<Target> => {
  const subject = await findSubject(unit, leadId);
  if (subject === 'gone') return { state: 'gone' };
  if (subject !== undefined) return { state: 'there', subject };
  // Held to intake not knowing the lead: whoever hears of it later finds what waits.
  return { state: 'unknown', wait: async (waiting) => [await waitForLead(unit.table, leadId, waiting, unit.now), leadUnknown(leadId)] };
};

const byAddress = async (unit: UnitOfWork, email: string): Promise<Target> => {
  const address = await readAddress(unit.table, email, unit.now);
  const subject = address.leadId === undefined ? undefined : await findSubject(unit, address.leadId);
  if (subject !== undefined && subject !== 'gone') return { state: 'there', subject };
  return { state: 'unknown', wait: async (waiting) => [waitForAddress(email, waiting, address, unit.now)] };
};

/** Finds the lead by its id, else by its e-mail address as far as its events have told us. */
export const findTarget = (
  unit: UnitOfWork,
  { leadId, email }: { readonly leadId?: string | undefined; readonly email?: string | undefined },
): Promise<Target> => (leadId === undefined ? byAddress(unit, email ?? '') : byId(unit, leadId));
