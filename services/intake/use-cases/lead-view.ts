import { type LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { Lead } from '#contracts/resources/lead.ts';
import { type Answer, movedPermanently } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import { merged, notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { fingerprintOf } from '../domain/canonical.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { type CurrentStanding, currentStanding } from '../domain/standing.ts';
import { goneOf, isLiving, type LivingLead, readLeadRecord, readQualification } from '../store/leads.ts';

/** A lead as of now: intake's record and qualification's, read together. */
export interface LeadView {
  readonly item: Item<LivingLead>;
  readonly current: CurrentStanding;
  readonly resource: Lead;
  /** Holds a transaction to qualification's record as it was read, so that the version compared is the version changed. */
  readonly unchanged: Write;
}

interface Found {
  readonly item: Item<LeadRecord> | undefined;
  readonly view: LeadView | undefined;
}

const find = async (table: Reader, leadId: string, known?: Item<LeadRecord>): Promise<Found> => {
  const [item, qualification] = await Promise.all([known ?? readLeadRecord(table, leadId), readQualification(table, leadId)]);
  if (!isLiving(item)) return { item, view: undefined };
  const current = currentStanding(item.data.standing, qualification.record);
  return {
    item,
    view: {
      item,
      current,
      resource: leadResource(item.data.lead, current),
      unchanged: { op: 'check', key: qualificationRecordKey(leadId), expect: qualification.rev ?? 'absent' },
    },
  };
};

/** The lead as of now; undefined when there is none or it is gone. `known` is its record when that was read already. */
export const viewLead = async (table: Reader, leadId: string, known?: Item<LeadRecord>): Promise<LeadView | undefined> =>
  (await find(table, leadId, known)).view;

/** The lead that stands for a merged one at the end of the chain; undefined when that is gone too. A survivor is never merged into what it took in, so the chain ends. */
const survivorOf = async (table: Reader, item: Item<LeadRecord> | undefined): Promise<string | undefined> => {
  let next = goneOf(item)?.into;
  while (next !== undefined) {
    const survivor = await table.get<LeadRecord>(leadRecordKey(next));
    if (isLiving(survivor)) return survivor.data.lead.id;
    next = goneOf(survivor)?.into;
  }
  return undefined;
};

const noSuchLead = () => notFound('There is no such lead.');

/**
 * The lead that a change is about.
 *
 * @throws {Problem} 404, or 409 for a merged lead, naming the one that stands for it.
 */
export const requireLead = async (table: Reader, leadId: string): Promise<LeadView> => {
  const { item, view } = await find(table, leadId);
  if (view !== undefined) return view;
  const survivor = await survivorOf(table, item);
  throw survivor === undefined ? noSuchLead() : merged(survivor);
};

/**
 * Answers a GET about a lead; for a merged one with the way to the same of the lead that stands for it. `suffix` is the rest of the path.
 *
 * @throws {Problem} 404
 */
export const answerAbout = async (
  table: Reader,
  leadId: string,
  suffix: string,
  answer: (view: LeadView) => Promise<Answer> | Answer,
): Promise<Answer> => {
  const { item, view } = await find(table, leadId);
  if (view !== undefined) return answer(view);
  const survivor = await survivorOf(table, item);
  if (survivor === undefined) throw noSuchLead();
  return movedPermanently(`/v1/leads/${survivor}${suffix}`);
};

/** The lead and those merged into it: what is told of each belongs to it. */
export const collectionsOf = ({ item }: LeadView): readonly string[] => [item.data.lead.id, ...(item.data.mergedFrom ?? [])];

/** The final survivor of a merged lead; undefined for a lead that is there, or that nothing stands for. */
export const mergedInto = async (table: Reader, leadId: string): Promise<string | undefined> =>
  survivorOf(table, await readLeadRecord(table, leadId));

/** Version and a fingerprint of all that shows: what doesn't show doesn't change the entity tag. */
export const leadEtag = (lead: Lead): string => etagOf({ version: lead.version, derived: fingerprintOf(lead) });
