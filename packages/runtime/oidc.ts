import * as z from 'zod/mini';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Keys that come over the open network unprotected are nobody's; a tester's own machine is not the open network. */
const isTrustworthy = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname));
};

/** Whose access tokens are taken beside API keys (OpenID Connect, RFC 9068). */
export const OidcSettings = z.object({
  /** The `iss` of its tokens, letter for letter. */
  issuer: z.string().check(
    z.maxLength(500),
    z.refine((text) => URL.canParse(text)),
  ),
  /** What must be among a token's `aud`. */
  audience: z.string().check(z.minLength(1), z.maxLength(500)),
  /** Where its public keys are (RFC 7517). */
  jwksUrl: z.string().check(z.refine(isTrustworthy)),
});
export type OidcSettings = z.infer<typeof OidcSettings>;

/**
 * The settings of three values of which all or none is given; an empty one is none.
 *
 * @throws {Error} saying which is missing or not of its form, by the names given.
 */
export const oidcSettings = (
  given: Readonly<Record<keyof OidcSettings, unknown>>,
  names: Readonly<Record<keyof OidcSettings, string>>,
): OidcSettings | undefined => {
  const members = Object.entries(given).filter(([, value]) => value !== undefined && value !== '');
  if (members.length === 0) return undefined;
  const result = z.safeParse(OidcSettings, Object.fromEntries(members));
  if (result.success) return result.data;
  const { issuer, audience, jwksUrl } = names;
  throw new Error(
    `${issuer}, ${audience} and ${jwksUrl} go together; the first is a URL, the last an https one (http on loopback alone): ` +
      `look at ${[...new Set(result.error.issues.map(({ path }) => Object.entries(names).find(([member]) => member === path[0])?.[1]))].join(', ')}`,
  );
};
