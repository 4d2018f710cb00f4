import * as z from 'zod/mini';
import { serviceNames } from '#contracts/core/event.ts';
import { isRecord } from '#contracts/core/json.ts';
import type { Identifiers } from '#contracts/core/redaction.ts';
import { timestamp } from '#contracts/core/values.ts';
import { ErasureRequestRecord, erasureCollection, erasureRequestKey, noRecords, type PersonRecords } from '#contracts/records/erasure.ts';
import { Contact } from '#contracts/resources/account.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item, Key } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { type ErasureState, noErasure, united, unitedRecords } from '../domain/erasure.ts';
import { identifiersOf } from '../domain/person.ts';
import { Said } from './timeline.ts';

const ids = z.array(z.string());
const records = { leadIds: ids, contactIds: ids, dealIds: ids };

const Stored = z.object({
  ...records,
  requestedAt: z.optional(timestamp()),
  completedAt: z.optional(timestamp()),
  round: z.int(),
  settled: z.boolean(),
  found: z.object(records),
  answered: z.partialRecord(z.enum(serviceNames), z.object({ round: z.int(), at: timestamp(), records: z.int() })),
  accountIds: ids,
});

const recordKey = (erasureId: string): Key => ({ pk: erasureCollection('accounts', erasureId), sk: 'record' });

/** An erasure as read; `rev` undefined while nothing is known of it. */
export interface StoredErasure {
  readonly state: ErasureState;
  readonly rev: number | undefined;
}

export const readErasure = async (table: Reader, erasureId: string): Promise<StoredErasure> => {
  const item = await table.get(recordKey(erasureId));
  return item === undefined ? { state: noErasure, rev: undefined } : { state: Stored.parse(item.data), rev: item.rev };
};

export const saveErasure = (erasureId: string, next: ErasureState, { rev }: StoredErasure): Write => {
  const item = { ...recordKey(erasureId), kind: 'erasure', data: next };
  return rev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: rev };
};

/** When intake began it, if it did (declared foreign read). */
export const begunAtIntake = async (table: Reader, erasureId: string): Promise<string | undefined> => {
  const item = await table.get(erasureRequestKey(erasureId));
  return item === undefined ? undefined : ErasureRequestRecord.parse(item.data).requestedAt;
};

const Told = z.looseObject({
  contact: z.optional(z.partial(z.looseObject(Contact.shape))),
  leadId: z.optional(z.string()),
  dealId: z.optional(z.string()),
});

/** What a contact's collection tells of the person: who it is, with whom it was, and which leads and deals are its. */
export interface Traces extends PersonRecords {
  readonly identifiers: readonly Identifiers[];
  readonly accountIds: readonly string[];
}

const noTraces: Traces = { ...noRecords, identifiers: [], accountIds: [] };

const both = (a: Traces, b: Traces): Traces => ({
  ...unitedRecords(a, b),
  identifiers: [...a.identifiers, ...b.identifiers],
  accountIds: united(a.accountIds, b.accountIds),
});

const of = (id: string | undefined): string[] => (id === undefined ? [] : [id]);

const tracesOfLine = (item: Item): Traces => {
  const said = Said.safeParse(item.data);
  if (!said.success) return noTraces;
  const { detailType, detail } = said.data;
  const told = Told.safeParse(detail.data);
  if (!told.success) return noTraces;
  const { contact, leadId, dealId } = told.data;
  return {
    identifiers: contact === undefined ? [] : [identifiersOf(contact)],
    accountIds: contact === undefined ? [] : accountIdsOf(contact),
    // Only what is said of a lead itself says that it is the person's.
    leadIds: detailType.startsWith('Lead') ? of(leadId) : [],
    contactIds: [],
    dealIds: of(dealId),
  };
};

/** The accounts that a contact is with, and was. */
export const accountIdsOf = ({
  accountId,
  formerAccounts = [],
}: {
  readonly accountId?: string | undefined;
  readonly formerAccounts?: Contact['formerAccounts'] | undefined;
}): string[] => [...of(accountId), ...formerAccounts.map((former) => former.accountId)];

export const tracesIn = (items: readonly Item[]): Traces => items.map(tracesOfLine).reduce(both, noTraces);

/** The interaction that a line is about. */
export const interactionIdIn = (data: unknown): string | undefined => {
  const said = Said.safeParse(data);
  const interaction = said.success ? said.data.detail.data.interaction : undefined;
  return isRecord(interaction) && typeof interaction.id === 'string' ? interaction.id : undefined;
};
