import * as z from 'zod/mini';
import type { ServiceName } from '../core/event.ts';
import type { Identifiers } from '../core/redaction.ts';
import { timestamp } from '../core/values.ts';

/** Partition of what a service keeps of an erasure while it goes on. */
export const erasureCollection = (service: ServiceName, erasureId: string): string => `${service}#erasure#${erasureId}`;

/** Ids of the records of a person that are known. */
export interface PersonRecords {
  readonly leadIds: readonly string[];
  readonly contactIds: readonly string[];
  readonly dealIds: readonly string[];
}

export const noRecords: PersonRecords = { leadIds: [], contactIds: [], dealIds: [] };

/** Services that begin erasures, and so know who is meant; the others may read it of them. */
export const erasureBeginners = ['intake', 'accounts'] as const;
export type ErasureBeginner = (typeof erasureBeginners)[number];

const beginnerCollections = {
  intake: (erasureId: string) => `intake#erasure#${erasureId}`,
  accounts: (erasureId: string) => `accounts#erasure#${erasureId}`,
} as const;

/** Key of a beginner's sheet of the person: what is to be looked for in what others wrote. It goes when the erasure is complete. */
export const personSheetKey = (service: ErasureBeginner, erasureId: string) => ({
  pk: beginnerCollections[service](erasureId),
  sk: 'person',
});

export const PersonSheet = z.object({
  emails: z.array(z.string()),
  /** Those that lead to further records of the person. */
  held: z._default(z.array(z.string()), []),
  phones: z.array(z.string()),
  names: z.array(z.object({ firstName: z.optional(z.string()), lastName: z.optional(z.string()) })),
});
export type PersonSheet = z.infer<typeof PersonSheet>;

/** Key of intake's note that it began an erasure, which accounts may read until it hears of it. */
export const erasureRequestKey = (erasureId: string) => ({ pk: beginnerCollections.intake(erasureId), sk: 'request' });

export const ErasureRequestRecord = z.object({ requestedAt: timestamp() });
export type ErasureRequestRecord = z.infer<typeof ErasureRequestRecord>;

const united = <T>(lists: readonly (readonly T[])[], nameOf: (one: T) => string): T[] => [
  ...new Map(lists.flat().map((one) => [nameOf(one), one])).values(),
];

const unitedEmails = (lists: readonly (readonly string[])[]): string[] =>
  united(
    lists.map((emails) => emails.map((email) => email.toLowerCase())),
    (email) => email,
  );

/** Several sheets as one. */
export const unitedSheets = (sheets: readonly Identifiers[]): PersonSheet => ({
  emails: unitedEmails(sheets.map(({ emails }) => emails)),
  held: unitedEmails(sheets.map(({ held = [] }) => held)),
  phones: united(
    sheets.map(({ phones }) => phones),
    (phone) => phone,
  ),
  names: united(
    sheets.map(({ names }) => names.filter(({ firstName, lastName }) => firstName !== undefined || lastName !== undefined)),
    ({ firstName, lastName }) => JSON.stringify([firstName, lastName]),
  ),
});
