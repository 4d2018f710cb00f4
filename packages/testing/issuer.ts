import { once } from 'node:events';
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { OidcSettings } from '#runtime/oidc.ts';

/** A key of an issuer, with what it publishes of it. */
export interface IssuerKey {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export const issuerKey = async (kid: string | undefined, alg = 'RS256'): Promise<IssuerKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid === undefined ? {} : { kid }) } };
};

export interface TokenOptions {
  /** The issuer's present key unless given. */
  readonly key?: IssuerKey;
  /** Epoch milliseconds at which it is issued; it is good for five minutes. */
  readonly at?: number;
}

/** An OpenID Connect issuer on loopback: it publishes real keys and signs real tokens with them. */
export interface TestIssuer {
  readonly settings: OidcSettings;
  /** How often its keys were asked for. */
  readonly fetches: number;
  /** What it publishes; the last one signs. */
  keys: readonly IssuerKey[];
  /** The status and body with which it answers instead of its keys, `hang` for never. */
  outage: { readonly status: number; readonly body: string } | 'hang' | undefined;
  /** A token of this issuer for Leadline, which lets read leads; members given replace those it has, undefined ones are left out. */
  token(claims?: Readonly<Record<string, unknown>>, options?: TokenOptions): Promise<string>;
  stop(): Promise<void>;
}

export const startIssuer = async (): Promise<TestIssuer> => {
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    const { outage } = issuer;
    if (outage === 'hang') return;
    const body = outage?.body ?? JSON.stringify({ keys: issuer.keys.map(({ publicJwk }) => publicJwk) });
    response.writeHead(outage?.status ?? 200, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const settings = { issuer: url, audience: 'leadline', jwksUrl: `${url}/keys` };
  const issuer: TestIssuer = {
    settings,
    get fetches() {
      return fetches;
    },
    keys: [await issuerKey('first')],
    outage: undefined,
    token: async (claims = {}, { key = issuer.keys.at(-1), at = Date.now() } = {}) => {
      if (key === undefined) throw new Error('the issuer has no key');
      const seconds = Math.floor(at / 1_000);
      const usual = { iss: url, aud: settings.audience, sub: 'ada', scope: 'leads:read', iat: seconds, nbf: seconds, exp: seconds + 300 };
      return await new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) })
        .sign(key.privateKey);
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
};
