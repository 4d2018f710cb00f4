import * as z from 'zod/mini';
import type { Identifiers } from '#contracts/core/redaction.ts';
import { type ErasureRequestRecord, erasureRequestKey } from '#contracts/records/erasure.ts';
import { leadCollection, leadRecordKey } from '#contracts/records/lead.ts';
import { LeadState } from '#contracts/resources/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import { readItems } from '#table/item-range.ts';
import type { Write } from '#table/transaction.ts';
import { identifiersOf } from '../domain/person.ts';

/** That an erasure was begun here: it can be asked about before accounts hears of it. */
export const requestWrite = (erasureId: string, requestedAt: string): Write => {
  const data: ErasureRequestRecord = { requestedAt };
  return { op: 'create', item: { ...erasureRequestKey(erasureId), kind: 'erasure-request', data } };
};

const Told = z.object({ detail: z.object({ data: z.object({ lead: z.partial(LeadState) }) }) });
const Touched = z.object({ submissionId: z.optional(z.string()) });

/** What a lead's collection says of who it is, and which submissions it came with. */
export interface Traces {
  readonly identifiers: readonly Identifiers[];
  readonly submissionIds: readonly string[];
}

/** What lies with a lead besides its record: its touches, its events, what others said of it. Its deals are anonymous and stay, for the report. */
export const isOfPerson =
  (leadId: string) =>
  ({ pk, sk }: Item): boolean =>
    pk === leadCollection(leadId) && sk !== leadRecordKey(leadId).sk && !sk.startsWith('deal#');

/** Everything is read before anything goes, so that nothing that tells who is meant is lost. */
export const readTraces = async (table: Reader, leadId: string): Promise<Traces> => {
  const items = await readItems(table, { partition: leadCollection(leadId) });
  return {
    identifiers: items.flatMap(({ data }) => {
      const told = Told.safeParse(data);
      return told.success ? [identifiersOf(told.data.detail.data.lead)] : [];
    }),
    submissionIds: items.flatMap(({ data, kind }) => (kind === 'touch' ? (Touched.parse(data).submissionId ?? []) : [])),
  };
};
