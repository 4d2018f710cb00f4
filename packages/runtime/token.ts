import { createHash } from 'node:crypto';
// By its parts: the whole package brings encryption, which bundling would read for each function.
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { faultOf } from './fault.ts';
import type { Caller } from './handlers.ts';
import { type FindKey, issuerKeys } from './issuer-keys.ts';
import { observing } from './observing.ts';
import type { OidcSettings } from './oidc.ts';

/** Signatures that nobody can make with what is public: no `none`, and no HMAC, whose secret would be the public key. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** OpenID Connect Core, section 2: at most 255 ASCII characters. */
const subjectForm = /^[\x20-\x7e]{1,255}$/;

const warn = (words: string, error: unknown): void => {
  void observing().then(({ logger }) => logger.warn(words, { error: faultOf(error) }));
};

/** Who a token speaks for. The id stands in logs, so it is a digest; the actor is told to those who may read a lead's story. */
const callerOf = (issuer: string, subject: string, scope: unknown): Caller => ({
  id: `user_${createHash('sha256').update(`${issuer}\n${subject}`).digest('base64url').slice(0, 22)}`,
  actor: `user:${subject}`,
  scopes: typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [],
});

/** The caller, nobody, or nobody just yet: no key of the issuer is known, and it does not answer. */
export type Verdict = Caller | 'refused' | 'unknown';

/**
 * Checks access tokens of one issuer: signature by one of its keys with an algorithm of the list, `iss`, `aud`, `exp`, and `nbf` where there is one, to
 * the second. `scope` is a list with spaces (RFC 9068).
 */
export const tokenCheck = ({ issuer, audience, jwksUrl }: OidcSettings, now: () => number): ((token: string) => Promise<Verdict>) => {
  const keys = issuerKeys(jwksUrl, now, (error) => warn("the issuer's keys cannot be had", error));

  const verify = async (token: string, find: FindKey): Promise<Caller | 'refused'> => {
    const { payload } = await jwtVerify(token, find, {
      algorithms,
      issuer,
      audience,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now()),
    });
    return payload.sub !== undefined && subjectForm.test(payload.sub) ? callerOf(issuer, payload.sub, payload.scope) : 'refused';
  };

  /** Keys without a name that fit alike (two during a rotation): any of them will do. */
  const verifyWithAny = async (token: string, find: FindKey): Promise<Caller | 'refused'> => {
    try {
      return await verify(token, find);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return await verify(token, async () => key);
        } catch (failure) {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };

  /** True when a key that is not known yet might fit. */
  const mayFitAnother = (token: string, error: unknown): boolean =>
    error instanceof errors.JWKSNoMatchingKey ||
    (error instanceof errors.JWSSignatureVerificationFailed && decodeProtectedHeader(token).kid === undefined);

  return async (token) => {
    const find = await keys.current();
    if (find === undefined) return 'unknown';
    try {
      return await verifyWithAny(token, find).catch(async (error: unknown) => {
        const newer = mayFitAnother(token, error) ? await keys.newer() : undefined;
        if (newer === undefined) throw error;
        return verifyWithAny(token, newer);
      });
    } catch (error) {
      // Deny what is not understood, a key of the issuer that cannot be imported among it; that one is worth a line.
      if (!(error instanceof errors.JOSEError)) warn('a token could not be checked', error);
      return 'refused';
    }
  };
};
