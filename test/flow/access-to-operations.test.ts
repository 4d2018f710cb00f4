import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerKey, startIssuer, type TestIssuer } from '#testing/issuer.ts';
import { eventually, type Product, startProduct } from '../product.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: { readonly pattern?: string } }[];
}

/** An operation of the served document, as it is called. */
interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The scope that the document asks for; undefined for anyone. */
  readonly scope: string | undefined;
}

let issuer: TestIssuer;
let product: Product;
let calls: Call[];
let scopes: string[];

/** A path with an id of the right form for each parameter, of nothing that exists: the pattern of an id begins with its prefix. */
const pathOf = (path: string, { parameters }: Operation): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const pattern = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema.pattern;
    const prefix = /^\^([a-z]+_)/.exec(pattern ?? '')?.[1];
    return prefix === undefined ? 'x' : `${prefix}01ARZ3NDEKTSV4RRFFQ69G5FAV`;
  });

beforeAll(async () => {
  issuer = await startIssuer();
  const { issuer: url, audience, jwksUrl } = issuer.settings;
  product = await startProduct({ env: { LEADLINE_OIDC_ISSUER: url, LEADLINE_OIDC_AUDIENCE: audience, LEADLINE_OIDC_JWKS_URL: jwksUrl } });
  const { body } = await product.request('GET', '/openapi.json', { key: null });
  const paths: Record<string, Record<string, Operation>> = body.paths;
  calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const asked = operation.security.map((scheme) => Object.values(scheme).flat().join(' '));
      // Either kind of credential needs the same.
      expect(new Set(asked).size, operation.operationId).toBeLessThanOrEqual(1);
      expect(Object.keys(body.components.securitySchemes)).toEqual(
        operation.security.flatMap(Object.keys).concat(asked.length ? [] : ['bearer', 'accessToken']),
      );
      return { name: operation.operationId, method: method.toUpperCase(), path: pathOf(path, operation), scope: asked[0] };
    }),
  );
  scopes = [...new Set(calls.flatMap(({ scope }) => scope ?? []))];
});
afterAll(async () => {
  await product.stop();
  await issuer.stop();
});

const guarded = (): Call[] => calls.filter(({ scope }) => scope !== undefined);

/** What each of these calls answers, eight at a time, with the credential that belongs to it. */
const answers = async (asked: readonly Call[], authorization: (call: Call) => string | undefined) => {
  const waiting = [...asked];
  const found: { readonly call: Call; readonly status: number; readonly challenge: string | null; readonly problem: unknown }[] = [];
  const work = async () => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const header = authorization(call);
      const { status, headers, body } = await product.request(call.method, call.path, {
        key: null,
        ...(header !== undefined && { headers: { authorization: header } }),
        ...(call.method !== 'GET' && { body: {} }),
      });
      const { requestId: _requestId, instance: _instance, ...problem } = status >= 400 ? body : {};
      found.push({ call, status, challenge: headers.get('www-authenticate'), problem });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  expect(found).toHaveLength(asked.length);
  return found;
};

/** The names of those that answered otherwise than they may. */
const otherwise = (found: Awaited<ReturnType<typeof answers>>, may: (status: number) => boolean): string[] =>
  found.filter(({ status }) => !may(status)).map(({ call, status }) => `${call.name} ${call.method} ${call.path}: ${status}`);

const newKey = async (given: readonly string[], more: Readonly<Record<string, unknown>> = {}): Promise<{ id: string; secret: string }> => {
  const { status, body } = await product.request('POST', '/v1/api-keys', { body: { name: given.join(' '), scopes: given, ...more } });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};

/** Scopes that cover what is asked for, by the contract's words: `:write` includes `:read`, `admin` everything. */
const covering = (scope: string): string[] => [scope, 'admin', ...(scope.endsWith(':read') ? [scope.replace(/read$/, 'write')] : [])];
const lacking = (scope: string): string[] => scopes.filter((other) => !covering(scope).includes(other));

describe('every operation of the served document', () => {
  it('is one of many, and most are guarded', () => {
    expect(calls.length).toBeGreaterThan(100);
    expect(guarded().length).toBeGreaterThan(calls.length * 0.9);
    expect(scopes).toContain('admin');
  });

  it('that is public asks nobody for credentials', async () => {
    const open = calls.filter(({ scope }) => scope === undefined);
    expect(otherwise(await answers(open, () => undefined), (status) => status !== 401 && status !== 403 && status < 500)).toEqual([]);
  });

  it('is refused with 401, in the same words, to whoever has no good credential', { timeout: 180_000 }, async () => {
    const revoked = await newKey(['admin']);
    await product.request('DELETE', `/v1/api-keys/${revoked.id}`);
    const expired = await newKey(['admin'], { expiresAt: new Date(Date.now() + 1_500).toISOString() });
    await eventually(
      () => product.request('GET', '/v1/api-keys', { key: expired.secret }),
      ({ status }) => status === 401,
    );
    const admin = { scope: 'admin' };
    const good = await issuer.token(admin);
    const bad: Record<string, string | undefined> = {
      'no credential': undefined,
      'another scheme': `Basic ${Buffer.from('admin:admin').toString('base64')}`,
      'a scheme alone': 'Bearer',
      'what is malformed': 'Bearer lk local admin',
      'a key that never was': `Bearer ${revoked.secret.slice(0, -1)}`,
      'a revoked key': `Bearer ${revoked.secret}`,
      'an expired key': `Bearer ${expired.secret}`,
      'an expired token': `Bearer ${await issuer.token({ ...admin, exp: 1 })}`,
      'a token for another audience': `Bearer ${await issuer.token({ ...admin, aud: 'another' })}`,
      'a token of another issuer': `Bearer ${await issuer.token(admin, { key: await issuerKey('first') })}`,
      'a token without a signature': `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
    };
    for (const [what, header] of Object.entries(bad)) {
      const found = await answers(guarded(), () => header);
      expect(
        otherwise(found, (status) => status === 401),
        what,
      ).toEqual([]);
      expect(new Set(found.map(({ challenge, problem }) => JSON.stringify([challenge, problem]))), what).toEqual(
        new Set([
          JSON.stringify([
            'Bearer realm="leadline"',
            {
              type: '/problems/unauthenticated',
              title: 'Credentials are missing or not valid',
              status: 401,
              detail: 'A valid API key or access token is needed.',
            },
          ]),
        ]),
      );
    }
  });

  it('is refused with 403 to a key and to a token with every scope but those that cover it', async () => {
    const keys = new Map<string, string>();
    const tokens = new Map<string, string>();
    for (const scope of scopes) {
      keys.set(scope, (await newKey(lacking(scope))).secret);
      tokens.set(scope, await issuer.token({ scope: lacking(scope).join(' ') }));
    }
    for (const credentials of [keys, tokens]) {
      const found = await answers(guarded(), ({ scope = '' }) => `Bearer ${credentials.get(scope)}`);
      expect(otherwise(found, (status) => status === 403)).toEqual([]);
      for (const { problem } of found) expect(problem).toMatchObject({ type: '/problems/forbidden' });
    }
  });

  it('is open to a key and to a token with any scope that covers it', { timeout: 180_000 }, async () => {
    const credentials = new Map<string, readonly string[]>();
    for (const scope of new Set(scopes.flatMap(covering)))
      credentials.set(scope, [(await newKey([scope])).secret, await issuer.token({ scope })]);
    const widest = Math.max(...scopes.map((scope) => covering(scope).length));
    for (let nth = 0; nth < widest; nth += 1) {
      for (const kind of [0, 1]) {
        const credentialOf = ({ scope = '' }: Call) => `Bearer ${credentials.get(covering(scope)[nth] ?? scope)?.[kind]}`;
        expect(otherwise(await answers(guarded(), credentialOf), (status) => status !== 401 && status !== 403 && status < 500)).toEqual([]);
      }
    }
  });
});

describe('a token', () => {
  it('is known by its subject in the story of what it did, and in the events of it', async () => {
    const key = await issuer.token({ sub: 'auth0|ada', scope: 'leads:write qualification:write' });
    const { body: lead } = await product.request('POST', '/v1/leads', {
      key,
      body: { lastName: 'Lovelace', email: 'ada@analytical.example' },
    });
    const { body: timeline } = await product.request('GET', `/v1/leads/${lead.id}/timeline`, { key });
    expect(timeline.data).toMatchObject([{ type: 'LeadCaptured', actor: 'user:auth0|ada' }]);
    const again = await issuer.token({ sub: 'grace', scope: 'qualification:write' });
    await eventually(
      () => product.request('POST', `/v1/leads/${lead.id}/work`, { key: again, body: {} }),
      ({ status }) => status === 200,
    );
    const story = await eventually(
      () => product.request('GET', `/v1/leads/${lead.id}/timeline`, { key }),
      ({ body }) => body.data.some(({ type }: { type: string }) => type === 'LeadStatusChanged'),
    );
    expect(story.body.data).toContainEqual(expect.objectContaining({ type: 'LeadStatusChanged', actor: 'user:grace' }));
  });

  it('of a key that the issuer has just begun to use is taken at once', async () => {
    issuer.keys = [...issuer.keys, await issuerKey('second', 'ES256')];
    expect((await product.request('GET', '/v1/leads', { key: await issuer.token() })).status).toBe(200);
  });
});
