import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { Lead } from '#contracts/resources/lead.ts';
import { etagOf } from '#runtime/etag.ts';
import { notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { fingerprintOf } from '../domain/canonical.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { type CurrentStanding, currentStanding } from '../domain/standing.ts';
import { type LivingLead, readLead, readQualification } from '../store/leads.ts';

/** A lead as of now: intake's record and qualification's, read together. */
export interface LeadView {
  readonly item: Item<LivingLead>;
  readonly current: CurrentStanding;
  readonly resource: Lead;
  /** Holds a transaction to qualification's record as it was read, so that the version compared is the version changed. */
  readonly unchanged: Write;
}

/** The lead as of now; undefined when there is none or it is gone. */
export const viewLead = async (table: Reader, leadId: string): Promise<LeadView | undefined> => {
  const [item, qualification] = await Promise.all([readLead(table, leadId), readQualification(table, leadId)]);
  if (item === undefined) return undefined;
  const current = currentStanding(item.data.standing, qualification.record);
  return {
    item,
    current,
    resource: leadResource(item.data.lead, current),
    unchanged: { op: 'check', key: qualificationRecordKey(leadId), expect: qualification.rev ?? 'absent' },
  };
};

/** @throws {Problem} 404 */
export const requireLead = async (table: Reader, leadId: string): Promise<LeadView> => {
  const view = await viewLead(table, leadId);
  if (view === undefined) throw notFound('There is no such lead.');
  return view;
};

/** Version and a fingerprint of all that shows: what doesn't show doesn't change the entity tag. */
export const leadEtag = (lead: Lead): string => etagOf({ version: lead.version, derived: fingerprintOf(lead) });
