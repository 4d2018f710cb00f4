import * as z from 'zod/mini';
import type { EventContract, EventMetadata } from '#contracts/core/event.ts';
import { AccountRecord, accountRecordKey, ContactRecord, contactRecordKey } from '#contracts/records/account.ts';
import { Gone } from '#contracts/records/gone.ts';
import { LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import { defaultPipelineId, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import { QualificationRecord, qualificationCollection, qualificationRecordKey } from '#contracts/records/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { type Criteria, StatusChange } from '#contracts/resources/qualification.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft } from '#table/item.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { defaultCriteria } from './domain/default-criteria.ts';
import { type LeadQualification, standingOf } from './domain/lead-qualification.ts';
import type { Lifecycle } from './domain/lifecycle.ts';

const kind = 'qualification';

/** The record as it is stored; members that others may read are in `QualificationRecord`. */
const Stored = z.object({
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
});
type Stored = z.input<typeof Stored>;

const lifecycleOf = ({ standing, askedBy }: z.output<typeof Stored>): Lifecycle => {
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
    case 'new':
    case 'working':
    case 'nurturing':
      return { status };
  }
};

/** What is known of a lead: `qualification` while it is there, `gone` once it was deleted; `rev` undefined when nothing is stored. */
export interface Known {
  readonly rev: number | undefined;
  readonly gone: boolean;
  readonly qualification: LeadQualification | undefined;
}

export const readQualification = async (table: Reader, leadId: string): Promise<Known> => {
  const item = await table.get(qualificationRecordKey(leadId));
  if (item === undefined) return { rev: undefined, gone: false, qualification: undefined };
  const stored = Stored.parse(item.data);
  if (stored.gone !== undefined) return { rev: item.rev, gone: true, qualification: undefined };
  const { standing, actions, updatedAt, criteriaVersion, contributions, history, leadSequence, sequence, dealId, won } = stored;
  return {
    rev: item.rev,
    gone: false,
    qualification: {
      leadId,
      lifecycle: lifecycleOf(stored),
      lifecycleStage: standing.lifecycleStage,
      score: standing.score,
      rating: standing.rating,
      criteriaVersion,
      contributions,
      history,
      actions,
      leadSequence,
      sequence,
      ...(dealId === undefined ? {} : { dealId }),
      won,
      updatedAt,
    },
  };
};

const draft = (leadId: string, data: Stored): Draft => ({ ...qualificationRecordKey(leadId), kind, data });

const writeOf = (item: Draft, rev: number | undefined): Write =>
  rev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: rev };

/** The next state of a lead's record, on condition that nobody changed it since it was read. */
export const saveQualification = (next: LeadQualification, rev: number | undefined): Write => {
  const { lifecycle, dealId, won } = next;
  return writeOf(
    draft(next.leadId, {
      standing: standingOf(next),
      actions: next.actions,
      updatedAt: next.updatedAt,
      criteriaVersion: next.criteriaVersion,
      contributions: [...next.contributions],
      history: [...next.history],
      leadSequence: next.leadSequence,
      sequence: next.sequence,
      ...(lifecycle.status === 'qualified' ? { askedBy: lifecycle.askedBy } : {}),
      ...(dealId === undefined ? {} : { dealId }),
      ...(won ? { won } : {}),
    }),
    rev,
  );
};

/** What stays of a deleted lead, so that no late event brings it back: no reasons, no actors, no ids of persons. */
export const saveTombstone = (leadId: string, sequence: number, at: string, rev: number | undefined): Write =>
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
      gone: { reason: 'deleted', at },
    }),
    rev,
  );

/** Intake's lead as it stands, undefined when there is none or it is gone. */
export const readLead = async (
  table: Reader,
  leadId: string,
): Promise<{ readonly lead: LeadState; readonly sequence: number; readonly rev: number } | undefined> => {
  const item = await table.get(leadRecordKey(leadId));
  if (item === undefined) return undefined;
  const { lead, gone, sequence } = LeadRecord.parse(item.data);
  return lead === undefined || gone !== undefined ? undefined : { lead, sequence, rev: item.rev };
};

/** Holds a transaction to the lead as it was read: whoever deletes or changes it meanwhile makes us look again. */
export const leadUnchanged = (leadId: string, rev: number): Write => ({ op: 'check', key: leadRecordKey(leadId), expect: rev });

/** The criteria of a version; the newest without one. Undefined when there is no such version. */
export const readCriteria = async (_table: Reader, version?: number): Promise<Criteria | undefined> =>
  version === undefined || version === defaultCriteria.version ? defaultCriteria : undefined;

export const accountExists = async (table: Reader, accountId: string): Promise<boolean> => {
  const item = await table.get(accountRecordKey(accountId));
  return item !== undefined && AccountRecord.parse(item.data).gone === undefined;
};

export const contactExists = async (table: Reader, contactId: string): Promise<boolean> => {
  const item = await table.get(contactRecordKey(contactId));
  return item !== undefined && ContactRecord.parse(item.data).gone === undefined;
};

export const pipelineExists = async (table: Reader, pipelineId: string): Promise<boolean> => {
  if (pipelineId === defaultPipelineId) return true;
  const item = await table.get<{ readonly gone?: unknown }>(pipelineRecordKey(pipelineId));
  return item !== undefined && item.data.gone === undefined;
};

/** An event of ours about a lead, kept in the lead's collection. */
export const leadEvent = (contract: EventContract, leadId: string, sequence: EventMetadata['sequence'], data: unknown): EventDraft => ({
  contract,
  collection: qualificationCollection(leadId),
  subject: leadId,
  sequence,
  data,
});
