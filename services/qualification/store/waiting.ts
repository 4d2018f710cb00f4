import * as z from 'zod/mini';
import { qualificationCollection } from '#contracts/records/qualification.ts';
import { DealWish } from '#contracts/resources/qualification.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { firstRevOf } from '#table/first-rev.ts';
import { partition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

/** What came before the lead it is about. `until` is RFC 3339; it is forgotten after that. */
const Waiting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signal'), type: z.string(), at: z.number(), until: z.string() }),
  z.object({
    kind: z.literal('request'),
    actor: z.string(),
    reason: z.optional(z.string()),
    createDeal: z.boolean(),
    deal: z.optional(DealWish),
    until: z.string(),
  }),
]);
export type Waiting = z.infer<typeof Waiting>;

/** The newest that are kept for one address or id. */
const mostWaiting = 100;

const secondsOf = (time: string): number => Math.ceil(Date.parse(time) / 1000);

const listed = (waiting: readonly Waiting[], now: string): Waiting[] => waiting.filter(({ until }) => until > now).slice(-mostWaiting);

const latest = (waiting: readonly Waiting[]): number => Math.max(...waiting.map(({ until }) => secondsOf(until)));

export const Address = z.object({ leadId: z.optional(z.string()), waiting: z._default(z.array(Waiting), []) });

const addressKey = (email: string) => ({ pk: partition('qualification', 'email', email), sk: 'lead' });

/** Who has an e-mail address: the lead with it that we have heard of, or what waits for one. */
export interface KnownAddress {
  readonly rev: number | undefined;
  readonly leadId: string | undefined;
  readonly waiting: readonly Waiting[];
}

export const readAddress = async (table: Reader, email: string, now: string): Promise<KnownAddress> => {
  const item = await table.get(addressKey(email));
  if (item === undefined) return { rev: undefined, leadId: undefined, waiting: [] };
  const { leadId, waiting } = Address.parse(item.data);
  return { rev: item.rev, leadId, waiting: listed(waiting, now) };
};

const writeAddress = (email: string, rev: number | undefined, data: z.input<typeof Address>, expiresAt?: number): Write => {
  const item = { ...addressKey(email), kind: 'address', data, ...(expiresAt === undefined ? {} : { expiresAt }) };
  // An address goes with who had it and comes again with the next.
  return rev === undefined ? { op: 'create', item, firstRev: firstRevOf(data) } : { op: 'replace', item, ifRev: rev };
};

/** From now on the address is the lead's; what waited for it is the caller's to apply. */
export const claimAddress = (email: string, leadId: string, { rev }: KnownAddress): Write => writeAddress(email, rev, { leadId });

/** Keeps something until a lead with the address appears. */
export const waitForAddress = (email: string, waiting: Waiting, { rev, waiting: before }: KnownAddress, now: string): Write => {
  const all = listed([...before, waiting], now);
  return writeAddress(email, rev, { waiting: all }, latest(all));
};

/** Nobody has the address any more; undefined when it is not this lead's. */
export const releaseAddress = async (table: Reader, email: string, leadId: string, now: string): Promise<Write | undefined> => {
  const { rev, leadId: holder } = await readAddress(table, email, now);
  return rev === undefined || holder !== leadId ? undefined : { op: 'delete', key: addressKey(email), ifRev: rev };
};

/** The address of somebody who is erased: neither whose it was nor what waits for it stays; a lead that came since keeps it. */
export const forgetAddress = async (table: Reader, email: string, leadIds: ReadonlySet<string>, now: string): Promise<Write[]> => {
  const { rev, leadId } = await readAddress(table, email, now);
  const isTheirs = leadId === undefined || leadIds.has(leadId);
  return rev !== undefined && isTheirs ? [{ op: 'delete', key: addressKey(email), ifRev: rev }] : [];
};

const ForLead = z.object({ waiting: z.array(Waiting) });
const forLeadKey = (leadId: string) => ({ pk: qualificationCollection(leadId), sk: 'waiting' });

/** What waits for a lead that was named by its id. */
export const readForLead = async (
  table: Reader,
  leadId: string,
  now: string,
): Promise<{ readonly rev: number | undefined; readonly waiting: readonly Waiting[] }> => {
  const item = await table.get(forLeadKey(leadId));
  return item === undefined ? { rev: undefined, waiting: [] } : { rev: item.rev, waiting: listed(ForLead.parse(item.data).waiting, now) };
};

/** Keeps something until the lead appears. */
export const waitForLead = async (table: Reader, leadId: string, waiting: Waiting, now: string): Promise<Write> => {
  const { rev, waiting: before } = await readForLead(table, leadId, now);
  const all = listed([...before, waiting], now);
  const item = { ...forLeadKey(leadId), kind: 'waiting', data: { waiting: all }, expiresAt: latest(all) };
  return rev === undefined ? { op: 'create', item } : { op: 'replace', item, ifRev: rev };
};

export const endWaitForLead = (leadId: string, ifRev: number): Write => ({ op: 'delete', key: forLeadKey(leadId), ifRev });

const markKey = (externalId: string) => ({ pk: partition('qualification', 'signal', externalId), sk: 'mark' });

/** True when a signal of that `externalId` has counted. */
export const hasCounted = async (table: Reader, externalId: string): Promise<boolean> =>
  (await table.get(markKey(externalId))) !== undefined;

/** The mark that it has; whoever is second at it looks again. */
export const markCounted = (externalId: string): Write => ({
  op: 'create',
  item: { ...markKey(externalId), kind: 'signal-mark', data: {} },
});
