import { originNotAllowed } from './problem.ts';
import type { Reader } from './unit-of-work.ts';

/**
 * The origins that may use an operation from a browser's script, by exact value; an empty list means any. Throws a 404 `Problem` when the
 * path names nothing.
 */
export type CorsPolicy = (params: Readonly<Record<string, string>>, table: Reader) => Promise<readonly string[]>;

/** What a script may read beside the body: when to come again, and what to name when it complains. */
const readable = 'RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';

const isOwn = (origin: string, host: string | undefined): boolean =>
  host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();

/** The header fields that let this origin read the answer; undefined when it may not. */
const grant = (origin: string, allowed: readonly string[], host: string | undefined): Record<string, string> | undefined =>
  allowed.length === 0 || allowed.includes(origin) || isOwn(origin, host)
    ? { 'access-control-allow-origin': origin, vary: 'origin' }
    : undefined;

export interface CrossOrigin {
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

/**
 * Header fields for an answer to a page of another origin; none without `Origin`, as no browser then asks.
 *
 * @throws {Problem} 403 when the origin is not allowed.
 */
export const crossOriginHeaders = ({ origin, host }: CrossOrigin, allowed: readonly string[]): Record<string, string> => {
  if (origin === undefined) return { vary: 'origin' };
  const headers = grant(origin, allowed, host);
  if (headers === undefined) throw originNotAllowed();
  return { ...headers, 'access-control-expose-headers': readable };
};

/** A preflight's header fields, beside `Allow`. An origin that is not allowed gets none, which the browser takes for a no. */
export const preflightHeaders = (
  { origin, host }: CrossOrigin,
  allowed: readonly string[],
  methods: readonly string[],
): Record<string, string> => {
  const headers = origin === undefined ? undefined : grant(origin, allowed, host);
  if (headers === undefined) return { vary: 'origin' };
  return {
    ...headers,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '600',
  };
};
