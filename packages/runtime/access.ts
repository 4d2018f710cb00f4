import * as z from 'zod/mini';
import { covers, type Route, type Scope, scopeFor } from '#contracts/core/route.ts';
import { ApiKeyRecord, apiKeyKey, hashOfKey } from './api-key.ts';
import type { Edge } from './edge.ts';
import type { Caller } from './handlers.ts';
import { keyLimit } from './key-limit.ts';
import { keyUses } from './key-uses.ts';
import { busy, forbidden, type Problem, tooManyRequests, unauthenticated, withHeaders } from './problem.ts';
import { rateLimitHeaders } from './rate-limit.ts';
import type { Verdict } from './token.ts';

/** Milliseconds a key is trusted without being read again; the contract gives a revocation 60 s to be felt. */
const trustedFor = 30_000;
/** Milliseconds an unknown key stays unknown. */
const unknownFor = 5_000;
const mostKept = 1_000;
const longestKey = 512;
/** API Gateway takes 10,240 bytes of header fields in all. */
const longestToken = 8_192;

const bearer = /^Bearer +([\x21-\x7e]+) *$/i;
/** A JSON Web Token as it is sent (RFC 7515, compact); one without a signature ends in its dot. */
const tokenForm = /^[\w-]+\.[\w-]+\.[\w-]*$/;

const isValid = (record: ApiKeyRecord, now: number): boolean =>
  record.revokedAt === undefined && (record.expiresAt === undefined || Date.parse(record.expiresAt) > now);

/** Remembers so many, the latest longest. */
const memory = <T>() => {
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    recall: (name: string, now: number): T | undefined => {
      const found = kept.get(name);
      return found !== undefined && found.until > now ? found.value : undefined;
    },
    keep: (name: string, value: T, until: number): void => {
      kept.delete(name);
      kept.set(name, { value, until });
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    },
  };
};

/** Who calls a route, and what every answer to them says beside. */
export interface Admitted {
  readonly caller: Caller | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Access {
  /**
   * @throws {Problem} 401, in the same words whatever the cause.
   * @throws {Problem} 429 beyond the key's `requestsPerSecond`.
   * @throws {Problem} 403 when the caller's scopes do not cover the route's.
   * @throws {Problem} 503 for a token while no key of its issuer can be had.
   */
  admit(route: Route, authorization: string | undefined): Promise<Admitted>;
}

/**
 * Tells who calls and whether the route is theirs to use. Denies what it does not know. Whatever is wrong with a credential, it is looked up as a
 * key before it is refused: an expired, a revoked, a malformed and an unknown one take the same work.
 */
export const createAccess = (edge: Edge): Access => {
  // Apart, so that made-up keys do not drive out real ones.
  const trusted = memory<ApiKeyRecord>();
  const unknown = memory<true>();
  const limits = keyLimit(edge);
  const uses = keyUses(edge);
  let checkToken: ((token: string) => Promise<Verdict>) | undefined;

  const recordOf = async (hash: string): Promise<ApiKeyRecord | undefined> => {
    const kept = trusted.recall(hash, edge.now());
    if (kept !== undefined && isValid(kept, edge.now())) return kept;
    if (unknown.recall(hash, edge.now())) return undefined;
    const parsed = z.safeParse(ApiKeyRecord, (await edge.table.get(apiKeyKey(hash)))?.data);
    if (parsed.success && isValid(parsed.data, edge.now())) {
      trusted.keep(hash, parsed.data, edge.now() + trustedFor);
      return parsed.data;
    }
    unknown.keep(hash, true, edge.now() + unknownFor);
    return undefined;
  };

  const verdictOn = async (credential: string): Promise<Verdict> => {
    if (edge.oidc === undefined || credential.length > longestToken || !tokenForm.test(credential)) return 'refused';
    // Whoever calls with a key need not wait for the code that reads tokens.
    checkToken ??= (await import('./token.ts')).tokenCheck(edge.oidc, edge.now);
    return checkToken(credential);
  };

  const refusal = (verdict: Verdict): Problem => (verdict === 'unknown' ? busy() : unauthenticated());

  const callerWith = (caller: Caller, needed: Scope, headers: Readonly<Record<string, string>>): Admitted => {
    if (!covers(caller.scopes, needed)) throw withHeaders(forbidden(`This needs the scope ${needed}.`), headers);
    return { caller, headers };
  };

  return {
    admit: async (route, authorization) => {
      const needed = scopeFor(route);
      if (needed === undefined) return { caller: undefined, headers: {} };
      if (authorization === undefined) throw unauthenticated();
      const credential = bearer.exec(authorization)?.[1];
      const verdict = credential === undefined ? 'refused' : await verdictOn(credential);
      if (typeof verdict === 'object') return callerWith(verdict, needed, {});
      const record = await recordOf(hashOfKey(await edge.signingSecret(), credential ?? authorization));
      if (record === undefined || credential === undefined || credential.length > longestKey) throw refusal(verdict);

      const { id, scopes, requestsPerSecond } = record;
      const [admission] = await Promise.all([
        requestsPerSecond === undefined ? undefined : limits.admit(id, requestsPerSecond),
        uses.note(id),
      ]);
      if (admission?.admitted === false) throw tooManyRequests(admission.limit);
      const headers = admission === undefined ? {} : rateLimitHeaders(admission.limit);
      return callerWith({ id, actor: `key:${id}`, scopes }, needed, headers);
    },
  };
};
