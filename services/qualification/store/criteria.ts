import * as z from 'zod/mini';
import type { Criteria } from '#contracts/resources/qualification.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { defaultCriteria } from '../domain/default-criteria.ts';

const pk = 'qualification#criteria';
const currentKey = { pk, sk: 'current' };
const jobKey = { pk, sk: 'rescoring' };
const versionKey = (version: number) => ({ pk, sk: `version#${String(version).padStart(9, '0')}` });

/**
 * Milliseconds that a running function may go on with criteria it has read: enough to spare a burst its reads, and short enough that who has
 * changed them sees the next lead scored by them.
 */
export const criteriaCachedFor = 200;

/** What a function instance has read of the table it stands on. */
interface Memory {
  current?: { readonly criteria: Criteria; readonly until: number };
  readonly versions: Map<number, Criteria>;
}
const memories = new WeakMap<Reader, Memory>();
const mostVersions = 8;

const memoryOf = (table: Reader): Memory => {
  const memory = memories.get(table) ?? { versions: new Map<number, Criteria>() };
  memories.set(table, memory);
  return memory;
};

export interface CurrentCriteria {
  readonly criteria: Criteria;
  /** `rev` of the item; undefined while the default, which is not stored, is in force. */
  readonly rev: number | undefined;
}

/** The criteria in force, read now. */
export const readCurrent = async (table: Reader): Promise<CurrentCriteria> => {
  const item = await table.get<Criteria>(currentKey);
  return { criteria: item?.data ?? defaultCriteria, rev: item?.rev };
};

/** The criteria in force, as read a moment ago. A lead scored by `atLeast` already is not scored by older ones. */
export const currentCriteria = async ({ table, now }: Pick<UnitOfWork, 'table' | 'now'>, atLeast = 0): Promise<Criteria> => {
  const memory = memoryOf(table);
  const at = Date.parse(now);
  if (memory.current !== undefined && memory.current.until > at && memory.current.criteria.version >= atLeast)
    return memory.current.criteria;
  const { criteria } = await readCurrent(table);
  memory.current = { criteria, until: at + criteriaCachedFor };
  return criteria;
};

/** The criteria of a version; each is kept. Undefined when there never was one. */
export const readVersion = async (table: Reader, version: number): Promise<Criteria | undefined> => {
  if (version === defaultCriteria.version) return defaultCriteria;
  const { versions } = memoryOf(table);
  const known = versions.get(version) ?? (await table.get<Criteria>(versionKey(version)))?.data;
  if (known === undefined) return undefined;
  const [oldest] = versions.keys();
  if (oldest !== undefined && versions.size >= mostVersions) versions.delete(oldest);
  versions.set(version, known);
  return known;
};

/** Puts a new version in force, on condition that the one it follows still is, and has the open leads scored by it. */
export const saveCriteria = (criteria: Criteria, { rev }: CurrentCriteria): Write[] => [
  rev === undefined
    ? { op: 'create', item: { ...currentKey, kind: 'criteria', data: criteria } }
    : { op: 'replace', item: { ...currentKey, kind: 'criteria', data: criteria }, ifRev: rev },
  { op: 'create', item: { ...versionKey(criteria.version), kind: 'criteria-version', data: criteria } },
  { op: 'put', item: { ...jobKey, kind: 'rescoring', data: { version: criteria.version, since: criteria.updatedAt } satisfies Rescoring } },
];

const Rescoring = z.object({
  version: z.int(),
  /** When the criteria came into force. */
  since: z.string(),
  /** How far the pass that makes sure has come. */
  shard: z.optional(z.int()),
  after: z.optional(z.string()),
});
export type Rescoring = z.infer<typeof Rescoring>;

/** The change of criteria that not every open lead is known to be scored by; undefined when there is none. */
export const readRescoring = async (table: Reader): Promise<{ readonly rev: number; readonly rescoring: Rescoring } | undefined> => {
  const item = await table.get(jobKey);
  return item === undefined ? undefined : { rev: item.rev, rescoring: Rescoring.parse(item.data) };
};

export const saveRescoring = (rescoring: Rescoring, ifRev: number): Write => ({
  op: 'replace',
  item: { ...jobKey, kind: 'rescoring', data: rescoring },
  ifRev,
});

export const endRescoring = (ifRev: number): Write => ({ op: 'delete', key: jobKey, ifRev });
