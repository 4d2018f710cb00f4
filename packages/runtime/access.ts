import * as z from 'zod/mini';
import { covers, type Route, scopeFor } from '#contracts/core/route.ts';
import { ApiKeyRecord, apiKeyKey, hashOfKey } from './api-key.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './handlers.ts';
import { forbidden, unauthenticated } from './problem.ts';

/** Milliseconds a key is trusted without being read again; the contract gives a revocation 60 s to be felt. */
const trustedFor = 30_000;
/** Milliseconds an unknown key stays unknown. */
const unknownFor = 5_000;
const mostKept = 1_000;
const longestKey = 512;

interface Known {
  readonly record: ApiKeyRecord | undefined;
  readonly until: number;
}

const bearer = /^Bearer +([\x21-\x7e]+) *$/i;

const isValid = (record: ApiKeyRecord, now: number): boolean =>
  record.revokedAt === undefined && (record.expiresAt === undefined || Date.parse(record.expiresAt) > now);

/** Tells who calls and whether the route is theirs to use. Denies what it does not know. */
export const createAccess = (edge: Edge) => {
  const known = new Map<string, Known>();

  const recordOf = async (hash: string): Promise<ApiKeyRecord | undefined> => {
    const kept = known.get(hash);
    if (kept !== undefined && kept.until > edge.now()) return kept.record;
    const item = await edge.table.get(apiKeyKey(hash));
    const parsed = z.safeParse(ApiKeyRecord, item?.data);
    const record = parsed.success ? parsed.data : undefined;
    known.delete(hash);
    known.set(hash, { record, until: edge.now() + (record === undefined ? unknownFor : trustedFor) });
    const [oldest] = known.keys();
    if (known.size > mostKept && oldest !== undefined) known.delete(oldest);
    return record;
  };

  /**
   * @throws {Problem} 401, in the same words whatever the cause.
   * @throws {Problem} 403 when the caller's scopes do not cover the route's.
   */
  return async (route: Route, authorization: string | undefined): Promise<Caller | undefined> => {
    const needed = scopeFor(route);
    if (needed === undefined) return undefined;
    const key = bearer.exec(authorization ?? '')?.[1];
    if (key === undefined || key.length > longestKey) throw unauthenticated();
    const record = await recordOf(hashOfKey(await edge.signingSecret(), key));
    if (record === undefined || !isValid(record, edge.now())) throw unauthenticated();
    if (!covers(record.scopes, needed)) throw forbidden(`This needs the scope ${needed}.`);
    return { id: record.id, actor: `key:${record.id}`, scopes: record.scopes };
  };
};
