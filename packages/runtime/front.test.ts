import { describe, expect, it } from 'vitest';
import { route } from '#contracts/core/route.ts';
import { client } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { ok } from './answer.ts';
import type { Edge } from './edge.ts';
import { frontHeaders } from './front.ts';
import { serveHttp } from './http.ts';

const routes = {
  whoAmI: route({ method: 'GET', path: '/v1/who', access: 'public', summary: '', answer: { status: 200 } }),
};

const servedWith = (more: Partial<Edge>) => {
  const edge = { ...testEdge(), ...more };
  return client(
    serveHttp({
      service: { name: 'intake', routes },
      handlers: {
        whoAmI: async (request) => ok({ ip: request.sourceIp, host: request.header('host'), seen: request.header(frontHeaders.secret) }),
      },
      edge,
    }),
  );
};

const through = (secret: string) => ({
  headers: { [frontHeaders.secret]: secret, [frontHeaders.viewer]: '198.51.100.9', [frontHeaders.host]: 'api.leadline.example' },
});

describe('with CloudFront in front', () => {
  const behind = servedWith({ frontSecrets: async () => ['present', 'previous'], httpsOnly: true });

  it.each(['present', 'previous'])('takes caller and host from a request that proves it came through, by the %s secret', async (secret) => {
    const { status, body } = await behind('GET', '/v1/who', through(secret));
    expect({ status, body }).toEqual({ status: 200, body: { ip: '198.51.100.9', host: 'api.leadline.example' } });
  });

  it.each([
    ['no secret', {}],
    ['a wrong one', through('presen')],
    ['an empty one', through('')],
    ['a longer one', through('present and more')],
  ])('answers 403 to a request with %s, whatever it asks for', async (_, request) => {
    for (const [method, path] of [
      ['GET', '/v1/who'],
      ['OPTIONS', '/v1/who'],
      ['DELETE', '/v1/who'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await behind(method, path, request);
      expect(answer).toMatchObject({ status: 403, body: { type: '/problems/not-served-directly', instance: path } });
      expect(answer.headers['x-request-id']).toBeDefined();
      expect(JSON.stringify(answer)).not.toMatch(/x-leadline|cloudfront|secret/i);
    }
  });

  it('reads the secret again after five minutes, not before', async () => {
    const edge = testEdge();
    let read = 0;
    const values = ['first', 'second'];
    const call = servedWith({
      now: edge.clock.now,
      frontSecrets: async () => {
        read += 1;
        return [values[read - 1] ?? ''];
      },
    });
    expect((await call('GET', '/v1/who', through('first'))).status).toBe(200);
    edge.clock.advance(299_999);
    expect((await call('GET', '/v1/who', through('second'))).status).toBe(403);
    edge.clock.advance(1);
    expect((await call('GET', '/v1/who', through('second'))).status).toBe(200);
    expect(read).toBe(2);
  });

  it('tells browsers to use HTTPS alone, in refusals too', async () => {
    for (const request of [through('present'), through('wrong')])
      expect((await behind('GET', '/v1/who', request)).headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains');
  });
});

describe('with nothing in front', () => {
  it('takes the caller from the connection, whatever headers claim', async () => {
    const call = servedWith({});
    const { body } = await call('GET', '/v1/who', {
      headers: { ...through('present').headers, 'x-forwarded-for': '198.51.100.9', 'cloudfront-viewer-address': '198.51.100.9:443' },
    });
    expect(body).toMatchObject({ ip: '203.0.113.7', host: 'api.example.com' });
  });

  it('says nothing of HTTPS where it is served without', async () => {
    expect((await servedWith({})('GET', '/v1/who')).headers).not.toHaveProperty('strict-transport-security');
  });
});
