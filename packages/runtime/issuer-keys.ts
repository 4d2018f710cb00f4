import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { createLocalJWKSet } from 'jose/jwks/local';
import * as z from 'zod/mini';

/** Milliseconds after which keys are fetched anew, so that one which the issuer took back is not trusted for long. */
const freshFor = 600_000;
/** Milliseconds the issuer has to answer. */
const answerWithin = 2_000;
/** Fetches for keys that are not known: so many at once, and one more each time these milliseconds have passed. */
const mostFetches = 3;
const fetchEvery = 10_000;
/** Milliseconds between attempts while no key is known at all, and while known ones cannot be fetched anew. */
const retryUnknown = 1_000;
const retryKnown = 30_000;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).check(z.minLength(1)) });

/** Finds the key that a token's header names. */
export type FindKey = JWTVerifyGetKey;

const fetchKeys = async (url: string): Promise<FindKey> => {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithin),
  });
  if (!response.ok) throw new Error(`the issuer's keys: HTTP ${response.status}`);
  const keySet: JSONWebKeySet = z.parse(KeySet, await response.json());
  return createLocalJWKSet(keySet);
};

export interface IssuerKeys {
  /** What is known, fetched anew when old; undefined while nothing is known and the issuer does not answer. */
  current(): Promise<FindKey | undefined>;
  /** Fetched for a key that the known ones are not; undefined when there is nothing newer. */
  newer(): Promise<FindKey | undefined>;
}

/**
 * An issuer's public keys, kept in memory. Known keys stay good while the issuer does not answer, or answers without any: its outage is not ours.
 * Keys that are not known are fetched at once, but not more often than one in ten seconds in the long run, whatever tokens are made up.
 */
export const issuerKeys = (url: string, now: () => number, onFailure: (error: unknown) => void): IssuerKeys => {
  let known: { readonly find: FindKey; readonly at: number } | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let fetches = mostFetches;
  let countedAt = now();
  let loading: Promise<boolean> | undefined;

  const load = async (): Promise<boolean> => {
    try {
      known = { find: await fetchKeys(url), at: now() };
      return true;
    } catch (error) {
      failedAt = now();
      onFailure(error);
      return false;
    } finally {
      loading = undefined;
    }
  };
  const loaded = (): Promise<boolean> => (loading ??= load());

  return {
    current: async () => {
      const isOld = known === undefined || now() - known.at >= freshFor;
      if (isOld && now() - failedAt >= (known === undefined ? retryUnknown : retryKnown)) await loaded();
      return known?.find;
    },
    newer: async () => {
      fetches = Math.min(mostFetches, fetches + (now() - countedAt) / fetchEvery);
      countedAt = now();
      if (fetches < 1) return undefined;
      fetches -= 1;
      return (await loaded()) ? known?.find : undefined;
    },
  };
};
