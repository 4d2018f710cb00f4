import * as z from 'zod/mini';
import type { EventContract, EventMetadata } from '#contracts/core/event.ts';
import { Gone } from '#contracts/records/gone.ts';
import { QualificationRecord, qualificationCollection, qualificationRecordKey } from '#contracts/records/qualification.ts';
import { StatusChange } from '#contracts/resources/qualification.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import { shardPartition, shardPartitions } from '#table/keys.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { funnelSteps, type Milestones } from '../domain/funnel.ts';
import { dueAt, type LeadQualification, standingOf, withMilestones } from '../domain/lead-qualification.ts';
import { isOpen, type Lifecycle } from '../domain/lifecycle.ts';
import { funnelCounts } from './funnel.ts';
import { closeLead, openLead } from './open-leads.ts';

const kind = 'qualification';

/** The record as it is stored; members that others may read are in `QualificationRecord`. */
export const StoredQualification = z.object({
  ...QualificationRecord.shape,
  criteriaVersion: z.int(),
  contributions: z.array(z.object({ ruleId: z.string(), points: z.number() })),
  history: z.array(StatusChange),
  leadSequence: z.int(),
  sequence: z.int(),
  askedBy: z.optional(z.int()),
  dealId: z.optional(z.string()),
  won: z._default(z.boolean(), false),
  gone: z.optional(Gone),
  until: z.optional(z.string()),
  signals: z._default(z.record(z.string(), z.array(z.number())), {}),
  scoredAt: z._default(z.number(), 0),
  rescoreAt: z.optional(z.number()),
  autoQualified: z._default(z.boolean(), false),
  heard: z._default(z.boolean(), false),
  email: z.optional(z.string()),
  capturedAt: z.optional(z.string()),
  milestones: z._default(z.partialRecord(z.enum(funnelSteps), z.number()), {}),
});
type StoredQualification = z.input<typeof StoredQualification>;

const lifecycleOf = ({ standing, askedBy, until }: z.output<typeof StoredQualification>): Lifecycle => {
  const { status, convertedTo, disqualifiedReason } = standing;
  switch (status) {
    case 'qualified':
      return { status, conversion: standing.conversion ?? { status: 'pending' }, askedBy: askedBy ?? 0 };
    case 'converted':
      if (convertedTo === undefined) throw new TypeError('a converted lead without what it was converted to');
      return {
        status,
        conversion: standing.conversion ?? { status: 'done' },
        convertedTo: { contactId: convertedTo.contactId, accountId: convertedTo.accountId },
      };
    case 'disqualified':
      return { status, reason: disqualifiedReason ?? 'other' };
    case 'nurturing':
      return { status, ...(until === undefined ? {} : { until }) };
    case 'new':
    case 'working':
      return { status };
  }
};

/** What is known of a lead: `qualification` while it is there, `gone` once it was deleted; `rev` undefined when nothing is stored. */
export interface Known {
  readonly rev: number | undefined;
  readonly gone: boolean;
  readonly qualification: LeadQualification | undefined;
}

const fromItem = (leadId: string, item: Item | undefined): Known => {
  if (item === undefined) return { rev: undefined, gone: false, qualification: undefined };
  const stored = StoredQualification.parse(item.data);
  if (stored.gone !== undefined) return { rev: item.rev, gone: true, qualification: undefined };
  const {
    standing,
    askedBy: _askedBy,
    until: _until,
    gone: _gone,
    converted: _converted,
    capturedAt = stored.updatedAt,
    milestones,
    ...rest
  } = stored;
  return {
    rev: item.rev,
    gone: false,
    qualification: {
      ...rest,
      leadId,
      lifecycle: lifecycleOf(stored),
      lifecycleStage: standing.lifecycleStage,
      score: standing.score,
      rating: standing.rating,
      capturedAt,
      milestones: { ...milestones, captured: Date.parse(capturedAt) },
    },
  };
};

export const readQualification = async (table: Reader, leadId: string): Promise<Known> =>
  fromItem(leadId, await table.get(qualificationRecordKey(leadId)));

/** Several at once, in the order of the ids; at most 100. */
export const readQualifications = async (table: Reader, leadIds: readonly string[]): Promise<Known[]> => {
  const items = await table.getMany(leadIds.map(qualificationRecordKey));
  return leadIds.map((leadId, index) => fromItem(leadId, items[index]));
};

const dueBase = 'qualification#due';

/** Leads that are due by a time (RFC 3339), the longest overdue first; of each shard of the index at most `limit`. */
export const dueLeads = async (table: Reader, by: string, limit: number): Promise<{ leadIds: string[]; more: boolean }> => {
  const shards = await Promise.all(
    shardPartitions(dueBase).map((partition) => table.query({ partition, index: 'gsi1', to: `${by}~`, limit })),
  );
  return {
    leadIds: shards.flatMap(({ items }) => items.map(({ pk }) => pk.slice(qualificationCollection('').length))),
    more: shards.some(({ more }) => more),
  };
};

const draft = (leadId: string, data: StoredQualification): Draft => ({ ...qualificationRecordKey(leadId), kind, data });

const writeOf = (item: Draft, rev: number | undefined): Write =>
  rev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: rev };

/** The first step is kept as `capturedAt`. */
const withoutCapture = ({ captured: _captured, ...later }: Milestones): Milestones => later;

const recordOf = (next: LeadQualification): Draft => {
  const { leadId, lifecycle, lifecycleStage: _stage, score: _score, rating: _rating, won, signals, autoQualified, heard, ...rest } = next;
  const due = dueAt(next);
  const data: StoredQualification = {
    ...rest,
    standing: standingOf(next),
    contributions: [...next.contributions],
    history: [...next.history],
    ...(lifecycle.status === 'converted' ? { converted: 1 } : {}),
    ...(lifecycle.status === 'qualified' ? { askedBy: lifecycle.askedBy } : {}),
    ...(lifecycle.status === 'nurturing' && lifecycle.until !== undefined ? { until: lifecycle.until } : {}),
    ...(won ? { won } : {}),
    signals: Object.fromEntries(Object.entries(signals).map(([type, times]) => [type, [...times]])),
    ...(autoQualified ? { autoQualified } : {}),
    ...(heard ? { heard } : {}),
    milestones: withoutCapture(next.milestones),
  };
  if (due === undefined) return draft(leadId, data);
  const gsi1 = { pk: shardPartition(dueBase, leadId), sk: `${new Date(due).toISOString()}#${leadId}` };
  return { ...draft(leadId, data), indexes: { gsi1 } };
};

/**
 * The next state of a lead, on condition that nobody changed it since it was read: its record, its place among the open leads, and what it
 * adds to the funnel. `at` is now.
 */
export const saveQualification = (next: LeadQualification, { rev, qualification: before }: Known, at: string): Write[] => {
  const after = withMilestones(next, Date.parse(at));
  const [wasOpen, open] = [before !== undefined && isOpen(before.lifecycle), isOpen(after.lifecycle)];
  return [
    writeOf(recordOf(after), rev),
    ...(open && !wasOpen ? [openLead(next.leadId)] : []),
    ...(wasOpen && !open ? [closeLead(next.leadId)] : []),
    ...funnelCounts(next.leadId, next.capturedAt, before?.milestones ?? {}, after.milestones),
  ];
};

/**
 * What stays of a lead that is gone, so that no late event brings it back: no reasons, no actors, no ids of persons. When it reached which step stays beside what
 * that added to the funnel, which keeps counting it.
 */
export const saveTombstone = (
  leadId: string,
  sequence: number,
  at: string,
  { rev, qualification: before }: Known,
  reason: Gone['reason'] = 'deleted',
): Write[] => [
  writeOf(
    draft(leadId, {
      standing: { status: 'new', lifecycleStage: 'lead', score: 0, rating: 'cold' },
      actions: 0,
      updatedAt: at,
      criteriaVersion: 0,
      contributions: [],
      history: [],
      leadSequence: sequence,
      sequence: 0,
      gone: { reason, at },
      ...(before === undefined ? {} : { capturedAt: before.capturedAt, milestones: withoutCapture(before.milestones) }),
    }),
    rev,
  ),
  ...(before !== undefined && isOpen(before.lifecycle) ? [closeLead(leadId)] : []),
];

/** An event of ours about a lead, kept in the lead's collection. */
export const leadEvent = (contract: EventContract, leadId: string, sequence: EventMetadata['sequence'], data: unknown): EventDraft => ({
  contract,
  collection: qualificationCollection(leadId),
  subject: leadId,
  sequence,
  data,
});
