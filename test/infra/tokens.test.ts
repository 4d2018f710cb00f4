import { afterEach, describe, expect, it, vi } from 'vitest';
import { functionsOf } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { synthesize } from './synthesized.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The app of stage prod with this context, as `cdk -c name=value` gives it. */
const withContext = (context: Readonly<Record<string, string>>) => {
  vi.stubEnv('CDK_CONTEXT_JSON', JSON.stringify(context));
  return synthesize('prod', services);
};
const given = { oidcIssuer: 'https://login.example/', oidcAudience: 'leadline', oidcJwksUrl: 'https://login.example/keys' };

describe('the issuer of access tokens', () => {
  it('is told by the context to every function that answers HTTP, and to no other', () => {
    const { ofType } = withContext(given);
    const roles = new Map(services.flatMap(functionsOf).map(({ name, role }) => [`leadline-prod-${name}`, role]));
    for (const { properties } of ofType('AWS::Lambda::Function')) {
      const role = roles.get(properties.FunctionName);
      const { OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL } = properties.Environment.Variables;
      expect([OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL], properties.FunctionName).toEqual(
        role === 'http' || role === 'other' ? Object.values(given) : [undefined, undefined, undefined],
      );
    }
  });

  it('is nobody without it', () => {
    for (const { properties } of withContext({}).ofType('AWS::Lambda::Function'))
      expect(Object.keys(properties.Environment.Variables)).not.toContain('OIDC_ISSUER');
  });

  it.each([
    ['by half', { oidcIssuer: 'https://login.example/' }, /oidcAudience, oidcJwksUrl/],
    ['with keys that come unprotected', { ...given, oidcJwksUrl: 'http://login.example/keys' }, /oidcJwksUrl/],
    ['with an issuer that is no URL', { ...given, oidcIssuer: 'login.example' }, /oidcIssuer/],
  ])('named %s is no deployment', (_, context, message) => {
    expect(() => withContext(context)).toThrow(message);
  });
});
